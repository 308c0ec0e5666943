"""One question: asked until it is answered, with patience, and without showing the key."""

import logging
import traceback
from datetime import timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from metaleak.errors import NetworkError, RefusedError, UsageError
from metaleak.search.client import Client, UnreadableError
from metaleak.search.credentials import Credentials
from metaleak.search.limiter import Limiter

KEY = "0123456789abcdef0123456789abcdef0123"


def once(fault):
    """Return a plan with one fault at the beginning."""
    faults = [fault]
    return lambda program, question: faults.pop() if faults else None


def ask(client):
    return client.ask("einfo", {"db": "pubmed"}, bytes)


@pytest.mark.parametrize(
    "fault", ["429", "500", "503", "outage", "cut", "truncated", "slow", "reset", "empty", "html"]
)
def test_a_question_is_asked_again_after_any_passing_fault(client, ncbi, fault):
    def read(body):
        if not body.endswith(b"</eInfoResult>"):
            raise UnreadableError("cut off")
        return body

    ncbi.faults = once(fault)

    assert b"<LastUpdate>" in client().ask("einfo", {"db": "pubmed"}, read)
    assert len(ncbi.arrivals) == 2


def test_every_request_says_who_asks_and_the_key_stands_in_the_body(client, ncbi):
    ask(client(api_key=KEY))
    _, question = ncbi.asked[0]

    assert question == {"db": "pubmed", "tool": "metaleak", "email": "reader@example.org", "api_key": KEY}


def test_a_long_strategy_fits(client, ncbi):
    term = " OR ".join(f"word{number}[tiab]" for number in range(5_000))
    client().ask("esearch", {"db": "pubmed", "term": term}, bytes)

    assert ncbi.asked[0][1]["term"] == term


def test_the_wait_doubles_with_jitter_and_a_ceiling(client, ncbi, clock):
    ncbi.faults = lambda *_: "500"
    said = []
    with pytest.raises(NetworkError):
        ask(client(waiting=said.append))
    moments = [moment for moment, _ in ncbi.arrivals]
    waits = [later - first for first, later in pairwise(moments)]

    assert len(moments) == 8
    for wait, longest in zip(waits, (1, 2, 4, 8, 16, 32, 60), strict=True):
        assert longest / 2 <= wait <= longest + 1.0
    assert said[0].startswith("einfo: HTTP 500")


def test_two_seeds_wait_differently(client, ncbi):
    ncbi.faults = lambda *_: "500"
    for seed in (1, 2):
        with pytest.raises(NetworkError):
            ask(client(seed=seed))
    moments = [moment for moment, _ in ncbi.arrivals]

    assert moments[3] - moments[2] != moments[11] - moments[10]


def test_retry_after_is_obeyed_in_seconds(client, ncbi):
    ncbi.faults = once("429")
    ask(client())

    assert ncbi.arrivals[1][0] - ncbi.arrivals[0][0] >= 2.5


def test_retry_after_is_obeyed_as_a_date(client, clock):
    soon = format_datetime(clock.now() + timedelta(seconds=90), usegmt=True)

    assert client()._pause(soon) == pytest.approx(90, abs=1)
    assert client()._pause("next week") == 0


def test_a_server_that_wants_a_long_pause_is_not_waited_for(client, ncbi, monkeypatch):
    ncbi.faults = lambda *_: "503"
    asking = client()
    monkeypatch.setattr(asking, "_pause", lambda _: 3600.0)

    with pytest.raises(NetworkError, match="asks for a pause of 3600 s"):
        ask(asking)
    assert len(ncbi.arrivals) == 1


def test_a_refusal_is_not_repeated(client, ncbi):
    with pytest.raises(RefusedError, match="cannot get document summary"):
        client().ask("efetch", {"db": "pubmed", "id": "1"}, bytes)
    assert len(ncbi.arrivals) == 1


def test_the_last_reason_and_what_to_do_are_told(client, ncbi):
    ncbi.faults = lambda *_: "429"

    with pytest.raises(
        NetworkError, match=r"einfo was not answered in 8 tries.*rate limit.*run the same command"
    ):
        ask(client())


@pytest.mark.parametrize("fault", ["429", "500", "outage", "reset", "slow", "cut"])
def test_the_key_is_in_no_error_no_traceback_and_no_log(client, ncbi, caplog, fault):
    def read(body):
        raise UnreadableError(body.decode() + KEY)

    caplog.set_level(logging.DEBUG)
    ncbi.faults = lambda *_: fault
    said = []
    with pytest.raises(NetworkError) as caught:
        client(api_key=KEY, waiting=said.append).ask("einfo", {"db": "pubmed"}, read)
    text = "".join(traceback.format_exception(caught.value))

    assert KEY not in text + caplog.text + "".join(said)
    assert KEY not in repr(vars(caught.value))


def test_the_rate_with_a_key_is_ten(client, ncbi):
    asking = client(api_key=KEY)
    for _ in range(25):
        ask(asking)

    assert [moment for moment, _ in ncbi.arrivals].count(0.0) == 10


@pytest.mark.parametrize(
    "address", ["http://example.org/", "ftp://example.org/", "eutils", "https://", "http://[::1"]
)
def test_only_https_leaves_the_machine(tmp_path, clock, address):
    limiter = Limiter(folder=tmp_path, per_second=3, clock=clock)

    with pytest.raises(UsageError, match="no address of a server"):
        Client(Credentials("a@example.org"), limiter, clock=clock, base_url=address)


def test_an_answer_without_end_is_cut_off(client, ncbi, monkeypatch):
    monkeypatch.setattr("metaleak.search.client._LARGEST", 100)

    with pytest.raises(NetworkError, match="larger than 100 bytes"):
        ask(client())


def test_nobody_is_there(client, ncbi):
    asking = client()
    ncbi.close()

    with pytest.raises(NetworkError, match="the connection failed"):
        ask(asking)
