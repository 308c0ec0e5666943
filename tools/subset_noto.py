"""Make the subset of Noto Sans SC that is shipped: the characters of our words, of names and of the field.

    apt-get download fonts-noto-cjk && dpkg -x fonts-noto-cjk_*.deb noto
    python tools/subset_noto.py noto/usr/share/fonts/opentype/noto

Curves are turned into TrueType's, which PDF and EPS embed as they are; the fonts carry no dates.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont

PLOTS = Path(__file__).parents[1] / "metaleak" / "plots"

#: Family names of authors, and words that labels and groups of a review on the spine are likely to use.
EXTRA = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文等与和及的在不无有为是或对"
    "骨水泥渗漏椎体成形术后凸经皮球囊胸腰骶颈脊柱压缩性折疏松症转移瘤血管静脉椎间盘孔旁管内外前后左右上下单双侧"
    "男女年龄岁例组随访月天时间手术疼痛评分黏度高中低剂量毫升容积穿刺入路弓根肺栓塞并发全部分析结果总计亚敏感"
    "一二三四五六七八九十百千零两多少大小新旧早晚期第次表图注页号年日文献作者国家中美德法英日韩意"
)

PUNCTUATION = "，。；：、？！（）【】《》“”‘’…—·％℃"


def characters() -> str:
    """Return what the fonts hold."""
    words = "".join(path.read_text(encoding="utf-8") for path in (PLOTS / "languages").glob("*.toml"))
    with TTFont(PLOTS / "fonts" / "LiberationSans-Regular.ttf", lazy=True) as font:
        first = font.getBestCmap()
    return "".join(
        sorted({char for char in words + EXTRA + PUNCTUATION if ord(char) not in first and char > " "})
    )


def made(source: Path, weight: str, text: str) -> TTFont:
    """Return a TrueType font with the glyphs of a text."""
    collection = TTCollection(source)
    font = next(f for f in collection.fonts if f["name"].getDebugName(1).startswith("Noto Sans CJK SC"))
    options = subset.Options(hinting=False, layout_features=[], name_IDs=[], notdef_outline=True)
    maker = subset.Subsetter(options)
    maker.populate(text=text)
    maker.subset(font)
    glyphs, order = font.getGlyphSet(), font.getGlyphOrder()
    shapes = {}
    for name in order:
        pen = TTGlyphPen(None)
        glyphs[name].draw(Cu2QuPen(pen, max_err=1.0, reverse_direction=True))
        shapes[name] = pen.glyph()
    builder = FontBuilder(font["head"].unitsPerEm, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(font.getBestCmap())
    builder.setupGlyf(shapes)
    advances = font["hmtx"].metrics
    builder.setupHorizontalMetrics({name: (advances[name][0], shapes[name].xMin) for name in order})
    old = font["hhea"]
    builder.setupHorizontalHeader(ascent=old.ascent, descent=old.descent)
    builder.setupNameTable(
        {
            "familyName": "Noto Sans SC",
            "styleName": weight,
            "psName": f"NotoSansSC-{weight}",
            "fullName": f"Noto Sans SC {weight}",
            "copyright": "(c) 2014-2021 Adobe (http://www.adobe.com/). Subset, curves converted to TrueType.",
            "licenseDescription": "SIL Open Font License, Version 1.1",
            "licenseInfoURL": "https://scripts.sil.org/OFL",
        },
        mac=False,
    )
    builder.setupOS2(sTypoAscender=old.ascent, sTypoDescender=old.descent)
    builder.setupPost(keepGlyphNames=False)
    builder.updateHead(created=3_500_000_000, modified=3_500_000_000)
    builder.font.recalcTimestamp = False
    return builder.font


def main() -> None:
    """Write both weights."""
    folder, text = Path(sys.argv[1]), characters()
    for weight in ("Regular", "Bold"):
        font = made(folder / f"NotoSansCJK-{weight}.ttc", weight, text)
        missing = [char for char in text if ord(char) not in font.getBestCmap()]
        path = PLOTS / "fonts" / f"NotoSansSC-{weight}.ttf"
        font.save(path)
        print(
            f"{path.name}: {path.stat().st_size} bytes, {len(font.getBestCmap())} characters, missing {missing}"
        )


if __name__ == "__main__":
    main()
