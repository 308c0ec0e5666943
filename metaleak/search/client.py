"""The only socket of metaleak: one question to a server of the E-utilities, asked until it is answered.

Every request is a POST: long strategies fit, and the key stands in the body, where no log line and no error
of a library shows it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import urlsplit

import httpx

from metaleak.errors import NetworkError, RefusedError, UsageError
from metaleak.search.clock import Clock
from metaleak.search.credentials import TOOL, Credentials
from metaleak.search.limiter import Limiter

Answer = TypeVar("Answer")

#: The E-utilities of NCBI.
NCBI = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"

_LOOPBACK = ("127.0.0.1", "::1", "localhost")

#: Seconds: to connect, between two pieces of an answer, for a whole answer.
_CONNECT, _SILENCE, _WHOLE = 15.0, 30.0, 180.0

#: An answer of 500 long records has about ten megabytes.
_LARGEST = 256 * 1024 * 1024

#: Tries per question, and the seconds before the second, which double up to the longest.
_TRIES, _FIRST_WAIT, _LONGEST_WAIT = 8, 1.0, 60.0

#: A server that asks for a longer pause is not waited for.
_LONGEST_PAUSE = 600.0


class UnreadableError(Exception):
    """An answer with status 200 that is none: cut off, an outage in words, numbers that do not add up."""


class WordedError(UnreadableError):
    """An answer with status 200 whose content is NCBI's word for an error."""


class _TryAgainError(Exception):
    def __init__(self, reason: str, pause: float = 0.0) -> None:
        super().__init__(reason)
        self.pause = pause


class Client:
    """Asks one server, politely and patiently.

    Parameters
    ----------
    credentials : Credentials
        Who asks.
    limiter : Limiter
        Gives a place for each request.
    clock : Clock
        Tells the time and waits.
    base_url : str
        Where the E-utilities lie; ``https``, or ``http`` on this machine.
    waiting : callable
        Called with a sentence before each wait.
    seed : int, optional
        Of the jitter of the waits.

    Raises
    ------
    UsageError
        When the address is none, or would carry the key in the open.
    """

    def __init__(
        self,
        credentials: Credentials,
        limiter: Limiter,
        *,
        clock: Clock,
        base_url: str = NCBI,
        waiting: Callable[[str], None] = lambda _: None,
        seed: int | None = None,
    ) -> None:
        self._credentials = credentials
        self._limiter = limiter
        self._clock = clock
        self._waiting = waiting
        self._jitter = random.Random(seed)
        host = host_of(base_url)
        self._host = host
        self._http = httpx.Client(
            base_url=base_url,
            timeout=httpx.Timeout(_SILENCE, connect=_CONNECT),
            headers={"User-Agent": f"{TOOL} (mailto:{credentials.email})"},
            # A proxy of the environment does not serve this machine's own addresses.
            trust_env=host not in _LOOPBACK,
        )

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def ask(self, program: str, question: Mapping[str, str], read: Callable[[bytes], Answer]) -> Answer:
        """Return what ``read`` makes of the answer of ``program``, asking again while that may help.

        ``read`` raises :class:`UnreadableError` for a body that is no answer. Between two tries the wait
        doubles, with jitter, and is never shorter than the server's ``Retry-After``.

        Raises
        ------
        RefusedError
            When the server refuses the question itself.
        NetworkError
            When no try was answered, with the last reason.
        """
        for attempt in range(1, _TRIES + 1):
            try:
                return self._once(program, question, read)
            except _TryAgainError as reason:
                if attempt == _TRIES or reason.pause > _LONGEST_PAUSE:
                    raise self._given_up(program, str(reason), attempt, reason.pause) from None
                self._wait(program, str(reason), attempt, reason.pause)
        raise AssertionError("the last try returns or raises")

    def _once(self, program: str, question: Mapping[str, str], read: Callable[[bytes], Answer]) -> Answer:
        try:
            with self._limiter.slot():
                response, body = self._send(program, question)
        except httpx.RequestError as error:
            # The library's error knows the request, and with it the key: only its kind goes on.
            raise _TryAgainError(f"the connection failed ({type(error).__name__})") from None
        if response.status_code == httpx.codes.OK:
            try:
                return read(body)
            except UnreadableError as error:
                raise _TryAgainError(self._credentials.scrubbed(str(error))) from None
        words = self._words(response.status_code, body)
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
            raise _TryAgainError(words, self._pause(response.headers.get("Retry-After", "")))
        raise RefusedError(
            f"{program} was refused", got=words, where=self._host, todo="nothing was lost; see the reason"
        )

    def _send(self, program: str, question: Mapping[str, str]) -> tuple[httpx.Response, bytes]:
        who = {"tool": TOOL, "email": self._credentials.email}
        if self._credentials.api_key is not None:
            who["api_key"] = self._credentials.api_key
        latest = self._clock.monotonic() + _WHOLE
        body = bytearray()
        with self._http.stream("POST", f"{program}.fcgi", data={**question, **who}) as response:
            for piece in response.iter_bytes():
                body += piece
                if self._clock.monotonic() > latest:
                    raise _TryAgainError(f"the answer took longer than {_WHOLE:g} s")
                if len(body) > _LARGEST:
                    raise _TryAgainError(f"the answer is larger than {_LARGEST} bytes")
        return response, bytes(body)

    def _words(self, status: int, body: bytes) -> str:
        said = " ".join(body[:2000].decode("utf-8", "replace").split())
        return self._credentials.scrubbed(f"HTTP {status} {said}".strip())[:300]

    def _pause(self, header: str) -> float:
        if header.strip().isdecimal():
            return float(header)
        try:
            moment = parsedate_to_datetime(header)
        except ValueError:
            return 0.0
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max((moment - self._clock.now()).total_seconds(), 0.0)

    def _wait(self, program: str, reason: str, attempt: int, pause: float) -> None:
        longest: float = min(_FIRST_WAIT * 2 ** (attempt - 1), _LONGEST_WAIT)
        # Jitter lies above the pause: callers that were refused together must not come back together.
        seconds = pause + longest * self._jitter.uniform(0.5, 1.0)
        self._waiting(f"{program}: {reason}; waiting {seconds:.0f} s, then try {attempt + 1} of {_TRIES}")
        self._clock.sleep(seconds)

    def _given_up(self, program: str, reason: str, attempt: int, pause: float) -> NetworkError:
        asked = f", which asks for a pause of {pause:.0f} s" if pause > _LONGEST_PAUSE else ""
        return NetworkError(
            f"{program} was not answered in {attempt} tries{asked}",
            got=reason,
            where=self._host,
            todo="what was fetched is kept; run the same command again later",
        )


def host_of(base_url: str) -> str:
    """Return the host of a server's address.

    Raises
    ------
    UsageError
        When it is no address, or would carry the key in the open.
    """
    try:
        parts = urlsplit(base_url)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    if host and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)):
        return host
    raise UsageError("this is no address of a server", required="https://HOST/PATH/", got=base_url)
