"""Cut R's values (oracle.json, written by oracle.R) into the files that the tests read.

    python tests/reference/split_oracle.py oracle.json

Left out: what metafor prints with its default tolerances, and inverses of PFT at sizes that metaleak does
not offer. What stays is asserted, all of it.
"""

import gzip
import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
NOT_ASSERTED = {"back_n_arith", "back_n_geom", "how", "warn", "default_error", "source"}


def kept(value):
    """Return the value without what no test reads."""
    if isinstance(value, dict):
        return {
            key: kept(item)
            for key, item in value.items()
            if key not in NOT_ASSERTED and not key.endswith("_default") and key != "default_ub_sign"
        }
    return value


def write(name, value):
    """Write compressed JSON whose bytes depend on the value alone."""
    text = json.dumps(kept(value), separators=(",", ":")).encode("ascii")
    (HERE / name).write_bytes(gzip.compress(text, 9, mtime=0))


def chosen(records, wanted):
    """Return every record with those keys that ``wanted`` accepts."""
    return {name: {key: v for key, v in record.items() if wanted(key)} for name, record in records.items()}


def main(path):
    """Write the files of the inverse-variance models and of 2x2 tables."""
    oracle = json.loads(Path(path).read_text(encoding="utf-8"))
    about = {key: oracle["about"][key] for key in ("R", "metafor", "metadat", "testcol", "fitstats", "back")}
    beyond = chosen(oracle["weights"], lambda key: key in ("yi", "vi", "PMM") or "profile" in key)
    corrections = chosen(
        oracle["escalc_options"],
        lambda key: (
            key.endswith("keep00")
            or (key.endswith("drop00") and key[:2] in ("OR", "RR") and "none" not in key)
        ),
    )
    write(
        "inverse_variance.json.gz",
        {
            "about": about,
            "data": oracle["data"],
            "prop": oracle["prop"],
            "tab": oracle["tab"],
            "beyond": beyond,
        },
    )
    write(
        "two_by_two.json.gz",
        {
            "about": about,
            "data": oracle["data"]["tab"],
            "mh_peto": oracle["mh_peto"],
            "corrections": corrections,
        },
    )


if __name__ == "__main__":
    main(sys.argv[1])
