"""What axe-core finds on the real page: nothing, in light and dark, on a phone and on a desk, everything unfolded."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent / "axe" / "axe.min.js"

#: Every rule of WCAG 2.2 A and AA, and what axe calls best practice.
RUN = """async () => {
  const found = await axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    resultTypes: ["violations"],
  });
  return {
    violations: found.violations.map((v) => [v.id, v.impact, v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160))]),
    passes: found.passes.length,
  };
}"""


#: Further rows, lines and analyses of a kind repeat the first ones, and the shapes of a figure are one picture:
#: a tenth of the time without them.
REPEATED = "tbody tr:nth-child(n + 4), .drawing svg > *, #others article:nth-of-type(n + 3), .changes li:nth-child(n + 4)"
UNFOLDED = f"""() => {{
  document.querySelectorAll("details").forEach((box) => {{ box.open = true; }});
  document.querySelectorAll("{REPEATED}").forEach((part) => part.remove());
}}"""


def audited(page):
    """Return what axe finds; the page's own policy would not let it in, so it is handed to the debugger."""
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
    return page.evaluate(RUN)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing(opened, report, scheme, width):
    """No violation of any rule while everything is unfolded, in light on a desk and in dark on a phone."""
    with opened(report, color_scheme=scheme, width=width) as page:
        page.evaluate(UNFOLDED)
        found = audited(page)

        assert found["violations"] == []
        assert found["passes"] > 30


def test_axe_would_find_something(opened, report):
    """A picture without words and a box without a label are told: the test above can fail."""
    with opened(report) as page:
        page.set_content("<main><img src='data:,'><input></main>")

        assert {"image-alt", "label"} <= {name for name, _, _ in audited(page)["violations"]}
