"""Answers of NCBI as they were recorded, and answers that are none."""

from pathlib import Path

import pytest

from metaleak.search.answers import Session, read_build, read_post, read_search
from metaleak.search.client import UnreadableError, WordedError

PAYLOADS = Path(__file__).parent / "payloads"
WALL = 9_999


def payload(name):
    return (PAYLOADS / name).read_bytes()


def found(*, count, ids, more=""):
    listed = "".join(f"<Id>{number}</Id>" for number in ids)
    return f"<eSearchResult><Count>{count}</Count><IdList>{listed}</IdList>{more}</eSearchResult>".encode()


def test_a_recorded_answer_beyond_the_wall_gives_count_session_and_translation():
    answer = read_search(payload("esearch2.xml"), WALL)

    assert (answer.count, answer.ids) == (42249, ())
    assert answer.session == Session("MCID_6927d6e7fee3e90f880ec190", "1")
    assert answer.translation.endswith("2025/09/27:2025/11/26[Date - Entry]")


def test_warnings_are_read_not_swallowed():
    answer = read_search(payload("esearch8.xml"), WALL)

    assert answer.count == 0
    assert answer.warnings == ("PhraseNotFound: abcXYZ", "OutputMessage: No items found.")


def test_a_list_that_lacks_numbers_is_no_answer():
    with pytest.raises(UnreadableError, match="20 of 63"):
        read_search(payload("esearch1.xml"), WALL)


def test_a_list_with_a_number_twice_is_no_answer():
    with pytest.raises(UnreadableError, match="1 of 2"):
        read_search(found(count=2, ids=(7, 7)), WALL)


def test_the_remark_on_large_answers_is_no_warning():
    said = "<WarningList><OutputMessage>Restrictions achieved. start and count adjusted to 0, 9999</OutputMessage></WarningList>"

    assert read_search(found(count=1, ids=(7,), more=said), WALL).warnings == ()


def test_a_list_on_the_history_server_is_read():
    assert read_post(payload("epost1.xml")) == Session("MCID_692851c130aec64bed0a8c2a", "1")


def test_an_error_in_words_is_told_in_full():
    with pytest.raises(WordedError, match=r"Empty ID list.*invalid value"):
        read_post(payload("epost3.xml"))


def test_the_date_of_the_database_is_read():
    body = b"<eInfoResult><DbInfo><LastUpdate>2026/11/24 03:35</LastUpdate></DbInfo></eInfoResult>"

    assert read_build(body) == "2026/11/24 03:35"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"error":"API rate limit exceeded"}',
        b"<!DOCTYPE html><html><br></html>",
        b"<eSearchResult><Count>1</Count>",
        b"<eSearchResult></eSearchResult>",
        b"<eSearchResult><Count>many</Count></eSearchResult>",
        b"<eSearchResult><Count>1</Count><IdList><Id>x</Id></IdList></eSearchResult>",
        b"<eSearchResult><Count>0</Count><WebEnv/></eSearchResult>",
        b"<ePostResult><Count>0</Count></ePostResult>",
        b'<!DOCTYPE e [<!ENTITY a "b">]><eSearchResult><Count>0</Count></eSearchResult>',
        b"<eSearchResult><ERROR>Search Backend failed</ERROR></eSearchResult>",
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_answer_is_asked_for_again(body):
    with pytest.raises(UnreadableError):
        read_search(body, WALL)
