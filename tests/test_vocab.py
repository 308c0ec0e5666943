"""The words of the statistics."""

import pytest

from metaleak.vocab import CiMethod, Measure, PiMethod, Tau2Method


@pytest.mark.parametrize("words", [Measure, Tau2Method, CiMethod, PiMethod])
def test_every_word_carries_a_sentence(words):
    assert all(word.sentence for word in words)


def test_a_word_is_its_code():
    assert Measure("PLO") == "PLO"
