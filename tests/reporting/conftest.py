"""A synthetic report: made-up studies, made-up numbers, every shape that a real one has."""

import re
from dataclasses import replace

import pytest

from metaleak.question.filters import filtered
from metaleak.reporting.data import Figure, ReportInput
from metaleak.reporting.report import render_report

SOFTWARE = {"metaleak": "0.0.0", "numpy": "1.0"}


def group(k, events, total, estimate, *, low, high, tau=1.0, **changes):
    """Return one group as ``NAME.result.json`` holds it; estimate None makes it a group that is not pooled."""
    pooled = estimate is not None
    test = {"name": "tau2 = 0", "statistic": 9.0, "df": 1, "p_value": 0.0013, "method": "", "note": ""}
    beside = {
        "model": "RandomEffects",
        "estimate": estimate,
        "ci_low": low,
        "ci_high": high,
        "pi_low": 0.1,
        "pi_high": 0.9,
        "tau2": 0.9,
        "tau2_ci": [0.2, 2.0],
        "reason": None,
    }
    values = {
        "k": k,
        "k_studies": k,
        "events": events,
        "total": total,
        "estimate": estimate,
        "ci_low": low,
        "ci_high": high,
        "ci_method": "profile likelihood",
        "pi_low": 0.12 if pooled else None,
        "pi_high": 0.88 if pooled else None,
        "pi_method": "t with k − p − 1 degrees of freedom" if pooled else None,
        "population_average": {"value": estimate, "ci_low": low, "ci_high": high, "method": "profile"},
        "tau": tau if pooled else None,
        "tau2": tau**2 if pooled else None,
        "tau2_ci": [0.25, "Inf"] if pooled else None,
        "tau2_test": test if pooled else None,
        "i2": 0.9 if pooled else None,
        "q": 20.0 if pooled else None,
        "q_df": k - 1,
        "q_p": 0.001,
        "q_method": "likelihood ratio",
        "convergence": {
            "converged": True,
            "iterations": 4,
            "log_likelihood": -12.5,
            "quadrature_points": 15,
        }
        if pooled
        else None,
        "reason": None if pooled else "one row: shown as it is",
        "notes": [],
        "common_tau2": {"estimate": estimate, "ci_low": low, "ci_high": high, "tau2": 1.0},
        "beside": beside if pooled else {"model": None, "estimate": None, "reason": "one row"},
    }
    return {**values, **changes}


def observation(study, group, events, total, **changes):
    """Return one pooled row."""
    values = {
        "label": study,
        "study_id": study,
        "arms": ["all"],
        "procedure": "PVP",
        "unit": "vertebra",
        "modality": "CT",
        "leak_site": "any",
        "group": group,
        "events": events,
        "total": total,
        "rate": events / total,
        "ci_low": 0.2,
        "ci_high": 0.8,
        "ci_method": "Clopper-Pearson",
        "share": 0.5,
        "shrunken": 0.5,
        "sheet_rows": [2],
        "confidence": "high",
        "source_location": "synthetic table 1",
        "year": "2001",
        "url": "",
    }
    return {**values, **changes}


def difference(of, against, ratio, low, high, *, k=(2, 3)):
    """Return one declared difference between groups."""
    return {
        "of": of,
        "against": against,
        "odds_ratio": ratio,
        "ci_low": low,
        "ci_high": high,
        "p_value": 0.2,
        "risk_difference": -0.1,
        "rd_low": -0.3,
        "rd_high": 0.1,
        "k": list(k),
        "k_studies": list(k),
        "tau2": 0.8,
        "method": "one model with a common tau2",
        "rd_method": "parametric bootstrap",
        "notes": [],
    }


def result(name, title, groups, rows, *, where, differences=(), sheet="leaks", **selection):
    """Return a whole ``NAME.result.json``."""
    test = {"name": "", "statistic": 8.0, "df": 3, "p_value": 0.046, "method": "likelihood ratio", "note": ""}
    units = {}
    for row in rows:
        units[row["unit"]] = units.get(row["unit"], 0) + 1
    rates = [row["rate"] for row in rows]
    return {
        "analysis": name,
        "title": title,
        "question": f"{title}?",
        "status": "rehearsal",
        "software": SOFTWARE,
        "settings": {
            "sheet": sheet,
            "where": {"leak_site": ["any"]},
            "several_rows": {"arm": "arms-before-all", "modality": ["CT", "xray"], "arms": "sum"},
            "groups": where,
            "model": {"name": "BinomialNormal", "ci_method": "profile", "tau2": "separate", "level": 0.95},
            "beside": {"measure": "PLO", "method": "REML", "ci_method": "hksj-adhoc"},
            "figures": ["groups", "forest"],
        },
        "selection": {
            "sheet_studies": 12,
            "candidates": 20,
            "matching": 14,
            "taken": len(rows) + 1,
            "studies": len(rows),
            "pooled_rows": len(rows),
            "not_reported": 3,
            "units": units,
            "range": [min(rates), max(rates)],
            "left_out": {"leak_site not asked for": 6},
            **selection,
        },
        "groups": groups,
        "tests": {"separate": test, "common": test, "beside": None},
        "difference": list(differences),
        "rows": rows,
        "notes": ["no row for: the moon"],
    }


def modality():
    """Return the main analysis: CT, a joint reading, X-ray, and rows that do not report the imaging."""
    groups = {
        "CT": group(3, 90, 150, 0.6, low=0.45, high=0.74),
        "CT+xray": group(2, 30, 100, 0.3, low=0.2, high=0.42, notes=["few rows"]),
        "X-ray": group(2, 40, 100, 0.4, low=0.2, high=0.64),
        "not reported": group(3, 60, 300, 0.2, low=0.1, high=0.36),
    }
    rows = [
        *(observation(f"Ct{i}", "CT", 30, 50, sheet_rows=[i + 1]) for i in (1, 2, 3)),
        *(observation(f"Both{i}", "CT+xray", 15, 50, modality="CT+xray") for i in (1, 2)),
        observation("Xray1", "X-ray", 25, 50, modality="xray", unit="patient"),
        observation("Fluoro1", "X-ray", 15, 50, modality="fluoroscopy", confidence="low"),
        *(observation(f"Silent{i}", "not reported", 20, 100, modality="not_reported") for i in (1, 2, 3)),
    ]
    where = {
        "CT": {"modality": ["CT"]},
        "CT+xray": {"modality": ["CT+xray"]},
        "X-ray": {"modality": ["xray", "fluoroscopy"]},
        "not reported": {"modality": ["not_reported"]},
    }
    differences = [difference("X-ray", "CT", 0.49, 0.21, 1.14), difference("CT+xray", "CT", 0.38, 0.2, 0.73)]
    return result("modality", "Leaks by imaging", groups, rows, where=where, differences=differences)


def pairs():
    """Return the paired analysis: one comparison prints the overlap, one prints totals."""
    rows = [
        observation("Ct1", "X-ray against CT", 30, 50, modality="xray", unit="patient", sheet_rows=[2]),
        observation(
            "Ct2",
            "X-ray against CT",
            20,
            40,
            modality="xray",
            sheet_rows=[3],
            confidence="low",
            unit="patient",
        ),
    ]
    found = result(
        "pairs",
        "X-ray against CT",
        {"X-ray against CT": group(2, 50, 90, 0.56, low=0.45, high=0.67, tau=0.1)},
        rows,
        where={"X-ray against CT": {"index": ["xray"]}},
        sheet="pairs",
    )
    found["settings"]["where"] |= {"reference": ["CT"], "index": ["xray"]}
    found["tests"] = dict.fromkeys(found["tests"])
    return found


def patients():
    """Return the same contrast in other rows, and a group of one row that no model pools."""
    groups = {
        "CT": group(2, 10, 30, 0.3, low=0.1, high=0.6),
        "X-ray": group(1, 5, 20, None, low=0.09, high=0.49),
    }
    rows = [
        observation("Ct1", "CT", 5, 15, unit="patient"),
        observation("Ct2", "CT", 5, 15, unit="patient"),
        observation("Xray1", "X-ray", 5, 20, unit="patient", share=None, shrunken=None),
    ]
    where = {"CT": {"modality": ["CT"]}, "X-ray": {"modality": ["xray"]}}
    differences = [difference("X-ray", "CT", 0.28, 0.03, 2.2, k=(1, 2))]
    return result("patients", "Patients alone", groups, rows, where=where, differences=differences)


def studies():
    """Return a sheet of studies with every kind of link."""
    base = dict.fromkeys(
        [
            "study_id",
            "label",
            "first_author",
            "journal",
            "year",
            "title",
            "pmid",
            "pmcid",
            "doi",
            "url",
            "country",
            "design",
            "indication",
            "n_patients",
            "source_depth",
            "note",
        ],
        "",
    )
    names = ["Ct1", "Ct2", "Ct3", "Both1", "Both2", "Xray1", "Fluoro1", "Silent1", "Silent2", "Silent3"]
    links = [{"pmid": "12345"}, {"doi": "10.1000/a<b"}, {"url": "https://www.example.org/x"}, {}]
    return [
        {
            **base,
            "study_id": name,
            "label": name,
            "year": str(2000 + i),
            "title": f"[Synthetic {i}]",
            "design": "rct" if i else "case_series",
            "source_depth": "abstract",
            **links[i % 4],
        }
        for i, name in enumerate(names)
    ]


def sheet_row(number, **cells):
    """Return a row of a sheet with its number."""
    return {"sheet_row": str(number), **cells}


def verdict(study, reason, number):
    """Return a row of ``NAME.rows.csv`` that was left out."""
    cells = {"study_id": study, "modality": "xray", "n_leak": "3", "n_total": "10"}
    return {**cells, "taken": "0", "group": "", "reason": reason, "sheet_row": str(number)}


SHEET = (
    '<svg xmlns="http://www.w3.org/2000/svg" id="{name}" width="90mm" viewBox="0 0 200 {high}" role="img" '
    'font-family="Some Sans" fill="#1a1a1a"><title id="t">no</title><style>text{{fill:red}}</style>'
    '<g id="{name}-row"><rect width="9" height="9" fill="#ffffff"/><text x="1" y="9">Synthetic plot</text></g></svg>'
)


def figure(name, *heights):
    """Return a figure of one sheet per height."""
    sheets = tuple(SHEET.format(name=f"{name}-{i}", high=high) for i, high in enumerate(heights))
    return Figure(sheets=sheets, alt=f"What {name} shows.", caption=f"Caption of {name}.")


def build():
    """Return the whole synthetic report."""
    main = modality()
    return ReportInput(
        title="Synthetic leaks",
        question="How often do synthetic leaks occur?",
        status="rehearsal",
        results={"modality": main, "pairs": pairs(), "patients": patients()},
        rows={
            "modality": [
                verdict("Ct1", "modality CT of the same arm is taken before xray", 7),
                verdict("Ct9", "leak_site is venous, not any", 8),
            ]
        },
        studies=studies(),
        leaks=[sheet_row(i, note=f"synthetic note {i}") for i in (2, 3, 4)],
        pairs=[sheet_row(2, both_positive="30", note=""), sheet_row(3, both_positive="", note="")],
        dropped=[
            {
                **dict.fromkeys(
                    [
                        "title",
                        "pmid",
                        "doi",
                        "url",
                        "procedure",
                        "unit",
                        "modality",
                        "leak_site",
                        "other_figure",
                    ],
                    "",
                ),
                "record": "Gone1",
                "year": "1999",
                "n_leak": "1",
                "n_total": "9",
                "reason": "no count",
            }
        ],
        reviews=[
            {
                **dict.fromkeys(
                    ["pmid", "doi", "url", "ci_low", "ci_high", "n_total", "i2", "source_location", "note"],
                    "",
                ),
                "review_id": "Review1",
                "year": "2010",
                "title": "[Synthetic review]",
                "group": "any leak",
                "measure": "incidence_percent",
                "estimate": "7",
                "k_studies": "5",
            }
        ],
        findings=[
            {
                "rule": "R99",
                "severity": "warning",
                "sheet": "leaks",
                "row": 5,
                "column": "n_leak",
                "value": "3",
                "message": "a synthetic finding",
                "todo": "nothing",
            }
        ],
        figures={
            "modality-groups": figure("modality-groups", 100),
            "modality-forest": figure("modality-forest", 240, 180),
            "patients-forest": figure("patients-forest", 240, 180),
        },
        digests={"extraction/leaks.csv": "ab" * 32},
        software=SOFTWARE,
        filtered=filtered(main),
    )


@pytest.fixture(scope="session")
def synthetic():
    """Return the synthetic report."""
    return build()


@pytest.fixture
def changed(synthetic):
    """Return a function that makes the synthetic report with other fields."""
    return lambda **fields: replace(synthetic, **fields)


@pytest.fixture(scope="session")
def page(synthetic):
    """Return the page of the synthetic report."""
    return render_report(synthetic)


@pytest.fixture(scope="session")
def plain():
    """Return a function that gives the text of a page without its markup."""
    from html import unescape

    def text_of(html):
        body = re.sub(r"<(style|script)\b.*?</\1>", "", html, flags=re.S)
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", "", body)))

    return text_of
