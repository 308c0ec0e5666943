"""The boxes of the flow are counted from fates, and add up whatever the records are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaleak.errors import InputError
from metaleak.screening.flow import KINDS, Fate, Sighting, count_flow

STUDIES = ("A2020", "B2021", "C2022")


@st.composite
def sightings(draw):
    """Draw one sighting with any fate from any place."""
    fate = draw(st.sampled_from(list(Fate)))
    kind = draw(st.sampled_from(KINDS))
    return Sighting(
        source=f"{kind}-{draw(st.integers(1, 3))}",
        kind=kind,
        fate=fate,
        reason=draw(st.sampled_from(("no count", "no denominator"))) if fate is Fate.EXCLUDED else "",
        study=draw(st.sampled_from(STUDIES)) if fate is Fate.INCLUDED else "",
    )


@given(st.lists(sightings(), max_size=60))
def test_every_box_adds_up(found):
    flow = count_flow(found, STUDIES)
    for column in (flow.searched, flow.other):
        fates = column.fates

        assert column.found == column.to_screen + fates[Fate.DUPLICATE] + fates[Fate.WITHDRAWN]
        assert column.screened == column.sought + fates[Fate.SCREENED_OUT]
        assert column.retrieved == column.assessed + fates[Fate.AWAITING_ASSESSMENT]
        assert column.included == fates[Fate.INCLUDED] >= 0
        assert sum(column.reasons.values()) == fates[Fate.EXCLUDED]
    assert flow.searched.found + flow.other.found == len(found)
    assert flow.included_studies == len(STUDIES)


def test_studies_without_a_logged_record_stand_in_a_box_of_their_own():
    found = [Sighting(source="pubmed", kind="database", fate=Fate.INCLUDED, study="A2020")] * 2
    flow = count_flow(found, STUDIES)

    assert (flow.studies, flow.before_logging) == (1, 2)
    assert flow.searched.included == 2


def test_registers_stand_with_databases_and_reference_lists_apart():
    found = [Sighting(source=kind, kind=kind, fate=Fate.AWAITING_SCREENING) for kind in KINDS]
    flow = count_flow(found, ())

    assert flow.searched.identified == {"database": 1, "register": 1}
    assert flow.other.identified == {"other": 1}


def test_reasons_are_listed_most_first():
    found = [
        Sighting(source="pubmed", kind="database", fate=Fate.EXCLUDED, reason=reason)
        for reason in ("b", "c", "c", "a")
    ]

    assert list(count_flow(found, ()).searched.reasons.items()) == [("c", 2), ("a", 1), ("b", 1)]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"kind": "library"}, "no known kind"),
        ({"reason": "no count"}, "has a reason"),
        ({"fate": Fate.EXCLUDED}, "has a reason"),
        ({"fate": Fate.INCLUDED}, "has a study"),
        ({"study": "A2020"}, "has a study"),
        ({"fate": Fate.INCLUDED, "study": "Z1999"}, "does not hold its study"),
    ],
)
def test_a_contradiction_is_not_counted(changes, told):
    sound = {"source": "pubmed", "kind": "database", "fate": Fate.SCREENED_OUT}

    with pytest.raises(InputError, match=told):
        count_flow([Sighting(**{**sound, **changes})], STUDIES)
