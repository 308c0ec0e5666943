"""Kinds of analyses by name."""

import pytest

from metaleak.errors import ConfigError
from metaleak.plots.planners import PLANNERS
from metaleak.question.kinds import KINDS, kind
from metaleak.reporting.data import POOL
from metaleak.reporting.sections import SECTIONS, section_module


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_what_an_analysis_needs(name):
    """Its file, its words, its rows; and a section unless it pools by group."""
    module = kind(name, where="analyses/x.toml")

    assert module.Question.model_fields["kind"].default == name
    assert callable(module.wrong_words)
    assert callable(module.prepare)
    assert name == POOL or callable(section_module(name).section)


def test_no_section_without_a_kind():
    """A section belongs to a kind."""
    assert set(SECTIONS) == set(KINDS) - {POOL}


@pytest.mark.parametrize("name", ["pol", 7, None])
def test_an_unknown_kind_is_an_error_that_names_the_known_ones(name):
    """With the file where it stands."""
    with pytest.raises(
        ConfigError, match=r"analyses/x.toml: there is no kind of analysis .*; required: one of pool"
    ):
        kind(name, where="analyses/x.toml")


@pytest.mark.parametrize("home", PLANNERS.values())
def test_every_figure_has_a_planner(home):
    """The module holds the function."""
    module, _, name = home.partition(":")

    assert callable(getattr(__import__(module, fromlist=[name]), name))
