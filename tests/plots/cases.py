"""Every figure that can be drawn, with something to draw: results of this review, synthetic ones where it has none."""

import copy
import itertools
import json
import math
import random
from pathlib import Path

from metaleak.appraisal.risk_of_bias import as_json, assessed_studies
from metaleak.plots.planners import PLANNERS, plan_figure
from metaleak.plots.prisma_figure import flow_source, plan_prisma
from metaleak.screening.flow import Fate, Sighting, count_flow
from metaleak.sheets.instruments import INSTRUMENTS, allowed_answers
from tests.plots.conftest import synthetic

ANALYSES = Path(__file__).parents[2] / "analyses"

#: The kinds that can be drawn: those of analyses, and the flow of the review.
KINDS = (*PLANNERS, "prisma")

STUDIES = [f"S{i}" for i in range(40)]
REASONS = ("No denominator", "Reports the same patients as another study", "=Leaks <are> not counted & told")
PLACES = {
    "pubmed": ("database", 3000),
    "web-of-science": ("database", 1200),
    "clinicaltrials": ("register", 40),
    "citations": ("other", 60),
}


def flow_of(*sources, fates=tuple(Fate), is_update=False, earlier=0, reasons=REASONS):
    """Return a synthetic flow: sightings of every fate from the sources, the first of them earlier ones."""
    chance = random.Random(7)
    found = []
    for source in sources:
        kind, many = PLACES[source]
        for i in range(many):
            fate = fates[chance.randrange(len(fates))]
            found.append(
                Sighting(
                    source=source,
                    kind=kind,
                    fate=fate,
                    reason=chance.choice(reasons) if fate is Fate.EXCLUDED else "",
                    study=chance.choice(STUDIES[:30]) if fate is Fate.INCLUDED else "",
                    is_earlier=i < earlier,
                )
            )
    return count_flow(found, STUDIES, is_update=is_update, rows=102)


FLOWS = {
    "nothing logged": flow_of(),
    "databases": flow_of("pubmed", "web-of-science", "clinicaltrials"),
    "other ways alone": flow_of("citations"),
    "everything": flow_of(*PLACES),
    "an update": flow_of(*PLACES, is_update=True, earlier=30),
    "settled": flow_of("pubmed", fates=(Fate.DUPLICATE, Fate.SCREENED_OUT, Fate.EXCLUDED, Fate.INCLUDED)),
}


def kept(name):
    """Return a committed result, free to be changed."""
    return json.loads((ANALYSES / f"{name}.result.json").read_text(encoding="utf-8"))


def judged(studies, assessed, label="Synthetic {}"):
    """Return a synthetic result of risk of bias: so many studies, the first ones with answers."""
    named = [(f"S{i}", label.format(i), 20 + 7 * i) for i in range(studies)]
    answers = {}
    for tool in INSTRUMENTS.values():
        turns = itertools.cycle(range(7))
        for study, _, _ in named[:assessed]:
            for item in (*(each.id for each in tool.items), tool.overall):
                words = allowed_answers(item)
                answers[study, item] = words[next(turns) % len(words)]
    result = synthetic()
    result["tools"] = [as_json(tool, assessed_studies(tool, named, answers)) for tool in INSTRUMENTS.values()]
    return {**result, "studies": studies, "units": sum(units for *_, units in named)}


def small_contrasts():
    """Return a result of two arms in which trim and fill adds a study."""
    result = kept("procedure_within")
    result["small_study"] |= {
        "enough": True,
        "tests": [
            {"kind": "egger", "statistic": -2.5, "df": 6, "p_value": 0.04, "reason": None},
            {"kind": "begg", "statistic": -0.5, "df": None, "p_value": 0.11, "reason": None},
            {"kind": "peters", "statistic": None, "df": None, "p_value": None, "reason": "all alike"},
        ],
        "line": {"kind": "egger", "intercept": -0.2, "slope": -1.5, "slope_low": -2.8, "slope_high": -0.2},
        "trim_and_fill": {
            "missing": 1,
            "se": 1.9,
            "side": "right",
            "points": [{"yi": 0.9, "sei": 0.58}],
            "estimate": 0.62,
            "ci_low": 0.3,
            "ci_high": 1.2,
        },
    }
    return result


def with_doi_plot():
    """Return a result of rates for which a Doi plot was asked."""
    asked = copy.deepcopy(kept("robustness"))
    logits = [row["rate"] for row in asked["rows"]]
    asked["small_study"]["doi"] = {
        "lfk": -0.93,
        "points": [
            {"yi": math.log(rate / (1 - rate)), "z": 3 * (rate - 0.5)} for rate in logits if 0 < rate < 1
        ],
    }
    return asked


def of_result(kind, result):
    """Return what plans a figure of a result in a style."""
    return lambda style: plan_figure(kind, result, style=style)


def with_answers(result, *, every=4):
    """Return a result whose rows carry synthetic answers; every so many rows nobody has assessed."""
    result = copy.deepcopy(result)
    for place, row in enumerate(result["rows"]):
        if place % every == every - 1:
            continue
        row["bias"] = {
            item: (words := allowed_answers(item))[(place + turn) % len(words)]
            for tool in INSTRUMENTS.values()
            for turn, item in enumerate((*(each.id for each in tool.items), tool.overall))
        }
    return result


def of_flow(flow):
    """Return what plans a flow in a style."""
    return lambda style: plan_prisma(flow, source=flow_source(flow, status="rehearsal"), style=style)


#: ``kind`` or ``kind: which`` -> what plans it in a style, and the result behind it.
CASES = {}
RESULTS = {}


def _add(name, plan, result):
    CASES[name], RESULTS[name] = plan, result


for _path in sorted(ANALYSES.glob("*.result.json")):
    _result = json.loads(_path.read_text(encoding="utf-8"))
    for _kind in _result["settings"]["figures"]:
        _add(f"{_kind}: {_result['analysis']}", of_result(_kind, _result), _result)
for _kind in ("bias_bars", "traffic_lights"):
    _result = judged(12, 9)
    _add(f"{_kind}: judged", of_result(_kind, _result), _result)
for _columns in (
    ("jbi",),
    ("procedure", "year", "jbi_overall", "minors_overall"),
    ("quadas2", "minors_overall"),
):
    _result = with_answers(kept("modality_by_site"))
    _result["settings"] |= {"columns": list(_columns), "sort": "-rate"}
    _add(f"forest: {' '.join(_columns)}", of_result("forest", _result), _result)
_add("funnel: contrasts", of_result("funnel", small_contrasts()), small_contrasts())
_add("funnel: doi", of_result("funnel", with_doi_plot()), with_doi_plot())
for _name, _flow in FLOWS.items():
    _add(f"prisma: {_name}", of_flow(_flow), {"title": ""})


def kind_of(case):
    """Return the figure of a case."""
    return case.partition(":")[0]
