"""The strategies of a review, typed."""

import pytest
from pydantic import ValidationError

from metaleak.errors import ConfigError
from metaleak.search.sources import Source
from metaleak.search.strategy import SearchSection


def section(**strategies):
    return SearchSection.model_validate({"strategies": strategies})


def test_a_text_is_kept_on_one_line():
    assert section(main={"pubmed": "a\n  OR b\n"}).for_pubmed("main") == {"main": "a OR b"}


def test_strategies_without_a_text_for_pubmed_are_not_run():
    held = section(main={"pubmed": "a"}, trials={"clinicaltrials": "b"})

    assert list(held.for_pubmed(None)) == ["main"]
    assert held.strategies["trials"] == {Source.CLINICALTRIALS: "b"}


@pytest.mark.parametrize("name", ["other", "trials"])
def test_a_strategy_that_is_not_there_is_answered_with_those_that_are(name):
    with pytest.raises(ConfigError, match="one of main"):
        section(main={"pubmed": "a"}, trials={"embase": "b"}).for_pubmed(name)


@pytest.mark.parametrize(
    ("strategies", "told"),
    [
        ({"main": {"pubmed": "(a"}}, "main.pubmed: 1 parenthesis is not closed"),
        ({"main": {"pubmed": " \n "}}, "the text is empty"),
        ({"main": {"pupmed": "a"}}, "pubmed"),
        ({"../main": {"pubmed": "a"}}, "pattern"),
        ({}, "at least 1 item"),
    ],
)
def test_what_is_wrong_is_told(strategies, told):
    with pytest.raises(ValidationError, match=told.replace("(", r"\(")):
        section(**strategies)


def test_kinds_are_the_boxes_of_the_flow():
    assert {source.kind for source in Source} == {"database", "register", "other"}
    assert (Source.ICTRP.kind, Source.CONTACTS.kind, Source.EMBASE.kind) == ("register", "other", "database")
