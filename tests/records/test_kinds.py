"""What kind of publication a title announces."""

import pytest

from metaleak.records.kinds import bare_title, kind_of
from metaleak.records.record import Record


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Erratum: Cement leakage", "erratum"),
        ("Publisher Correction: Cement leakage", "erratum"),
        ("Correction to: Cement leakage", "erratum"),
        ("Cement leakage (vol 27, pg 1123, 2015)", "erratum"),
        ("Retraction Note to: Cement leakage", "retraction"),
        ("Expression of Concern: Cement leakage", "concern"),
        ("Comment on: Cement leakage", "comment"),
        ("Re: Cement leakage", "comment"),
        ("Response to: Cement leakage", "reply"),
        ("Correction of kyphosis after balloon kyphoplasty", ""),
        ("Response to treatment in vertebroplasty", ""),
        ("Retraction of the cord in surgery", ""),
        ("Recurrent fractures: cement leakage", ""),
        ("RETRACTED: Cement leakage", ""),
    ],
)
def test_titles_of_notices(title, kind):
    """Words of a notice count, the same words in a sentence do not."""
    assert kind_of(Record(title=title)) == kind


@pytest.mark.parametrize(
    "title", ["Erratum to: Leaks", "RETRACTED ARTICLE: Leaks", "Leaks (vol 3, pg 1, 2015)", "[Leaks]"]
)
def test_the_title_behind(title):
    """What the notice is about, or what was withdrawn."""
    assert bare_title(Record(title=title)) == "Leaks"


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"publication_types": ("Published Erratum",)}, "erratum"),
        ({"publication_types": ("Meeting Abstract",)}, "congress"),
        ({"publication_types": ("Preprint",)}, "preprint"),
        ({"doi": "10.1101/2020.01.01.20000001"}, "preprint"),
        ({"journal": "medRxiv : the preprint server"}, "preprint"),
    ],
)
def test_types_and_places(given, kind):
    """Publication type, DOI and journal say it too."""
    assert kind_of(Record(title="Leaks", **given)) == kind
