"""A server on this machine that speaks the E-utilities as NCBI does, faults included.

Sources of its manners: the E-utilities' documentation and answers that users reported: the wall at 9,999
with its silent clamping, errors inside status 200, JSON in a 429 whatever was asked for.
"""

import itertools
import json
import random
import re
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from tests.search.shelf import Shelf

_HEAD = '<?xml version="1.0" encoding="UTF-8" ?>\n<!DOCTYPE {0} PUBLIC "-//NLM//DTD {1}//EN" "https://example/{1}.dtd">\n'
_SEARCH = _HEAD.format("eSearchResult", "esearch 20060628")
_POST = _HEAD.format("ePostResult", "epost 20090526")
_INFO = _HEAD.format("eInfoResult", "einfo 20130322")
_RECORDS = _HEAD.format("PubmedArticleSet", "PubMedArticle, 1st January 2027")

#: Faults that any program can have; a random plan draws from them.
ANYWHERE = ("429", "500", "503", "outage", "cut", "truncated", "slow", "reset", "empty", "html", "expire")
#: Faults of what is delivered, and of what is listed.
IN_RECORDS = ("short", "repeat", "stranger")
IN_LISTS = ("fewer",)


class Ncbi:
    """The server: a shelf, a plan of faults, and what it saw.

    Attributes
    ----------
    faults : callable
        Called with the program and its question before each answer; returns the name of a fault or None.
    arrivals : list of (float, str)
        When each request came, by the clock, and for which program.
    asked : list of (str, dict)
        The questions.
    """

    def __init__(self, clock):
        self.clock = clock
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.ncbi = self
        self.url = f"http://127.0.0.1:{self._server.server_port}/entrez/eutils/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.reset()

    def reset(self, shelf=None, *, seed=0, wall=9_999):
        """Begin anew with another shelf and no faults."""
        self.shelf = shelf or Shelf()
        self.faults = lambda program, question: None
        self.latency = lambda: 0.0
        self.chance = random.Random(seed)
        self.arrivals = []
        self.asked = []
        self.expired = "status"
        self.wall = wall
        self.served = b""
        self._sessions = {}
        self._numbers = itertools.count(1)

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def forget_sessions(self):
        self._sessions.clear()

    def answer(self, program, question):
        """Return status and body of a faultless answer."""
        programs = {
            "esearch": self._esearch,
            "efetch": self._efetch,
            "epost": self._epost,
            "einfo": self._einfo,
        }
        return programs[program](question)

    def _einfo(self, _):
        return 200, (
            f"{_INFO}<eInfoResult><DbInfo><DbName>pubmed</DbName><MenuName>PubMed</MenuName>"
            f"<Description>PubMed bibliographic record</Description><DbBuild>Build-2026.11.24.03.35</DbBuild>"
            f"<Count>{len(self.shelf.entries)}</Count><LastUpdate>{self.shelf.build}</LastUpdate>"
            "</DbInfo></eInfoResult>"
        )

    def _esearch(self, question):
        start, size = int(question.get("retstart", 0)), int(question.get("retmax", 20))
        if start > self.wall - 1:
            words = f"Search Backend failed: Exception:\n'retstart' cannot be larger than {self.wall - 1}."
            return 200, f"{_SEARCH}<eSearchResult><ERROR>{words}</ERROR></eSearchResult>"
        pmids, not_found = self.shelf.search(question["term"])
        if "WebEnv" in question:
            among = self._listed(question)
            if among is None:
                return self._lost("eSearchResult", question)
            pmids = [pmid for pmid in pmids if pmid in set(among)]
        shown = pmids[: self.wall][start : start + size]
        said = (
            []
            if start + size <= self.wall
            else [f"Restrictions achieved. start and count adjusted to {start}, {self.wall}"]
        )
        said += [] if pmids else ["No items found."]
        return 200, (
            f"{_SEARCH}<eSearchResult><Count>{len(pmids)}</Count><RetMax>{len(shown)}</RetMax>"
            f"<RetStart>{start}</RetStart>{self._kept(pmids) if question.get('usehistory') == 'y' else ''}"
            f"<IdList>{''.join(f'<Id>{pmid}</Id>' for pmid in shown)}</IdList><TranslationSet/>"
            f"<QueryTranslation>{escape(question['term'])}</QueryTranslation>"
            f"{_listed('ErrorList', 'PhraseNotFound', not_found)}{_listed('WarningList', 'OutputMessage', said)}"
            "</eSearchResult>"
        )

    def _epost(self, question):
        ids = [number for number in question.get("id", "").split(",") if number]
        if not ids or not all(number.isdecimal() for number in ids):
            return 200, f"{_POST}<ePostResult><ERROR>Empty ID list; Nothing to store</ERROR></ePostResult>"
        return 200, f"{_POST}<ePostResult>{self._kept([*map(int, ids)])}</ePostResult>"

    def _efetch(self, question):
        self.shelf.bury()
        start, size = int(question.get("retstart", 0)), int(question.get("retmax", self.wall))
        if "WebEnv" in question:
            listed = self._listed(question)
            if listed is None:
                return self._lost("eFetchResult", question)
            if start > self.wall - 1:
                return (
                    400,
                    f"<eFetchResult><ERROR>'retstart' cannot be larger than {self.wall - 1}</ERROR></eFetchResult>",
                )
            pmids = listed[: self.wall][start : start + size]
        else:
            pmids = [int(number) for number in question["id"].split(",")]
        entries = self.shelf.serve(pmids)
        if not entries:
            return 400, '{"error":"cannot get document summary","eutils":"efetch"}'
        if question.get("rettype") == "medline":
            return 200, "\n" + "\n".join(entry.medline() for entry in entries)
        return 200, records(entries)

    def _kept(self, pmids):
        webenv = f"MCID_{self.chance.getrandbits(80):020x}"
        key = str(next(self._numbers))
        self._sessions[webenv, key] = pmids
        return f"<QueryKey>{key}</QueryKey><WebEnv>{webenv}</WebEnv>"

    def _listed(self, question):
        return self._sessions.get((question["WebEnv"], question["query_key"]))

    def _lost(self, root, question):
        status = 400 if self.expired == "status" else 200
        return status, f"<{root}><ERROR>Unable to obtain query #{question['query_key']}</ERROR></{root}>"


def records(entries):
    """Return records as one answer of EFetch."""
    return f"{_RECORDS}<PubmedArticleSet>{''.join(entry.xml() for entry in entries)}</PubmedArticleSet>"


def _listed(group, name, texts):
    items = "".join(f"<{name}>{escape(text)}</{name}>" for text in texts)
    return f"<{group}>{items}</{group}>" if items else ""


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_):
        """Say nothing: a client that hangs up belongs to the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Small answers in two pieces would otherwise wait for each other.
    disable_nagle_algorithm = True

    def do_GET(self):
        self._serve(urlsplit(self.path).query)

    def do_POST(self):
        self._serve(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def log_message(self, *_):
        pass

    def _serve(self, encoded):
        ncbi = self.server.ncbi
        program = urlsplit(self.path).path.rsplit("/", 1)[-1].removesuffix(".fcgi")
        ncbi.arrivals.append((ncbi.clock.monotonic(), program))
        question = {name: values[0] for name, values in parse_qs(encoded, keep_blank_values=True).items()}
        ncbi.asked.append((program, question))
        ncbi.clock.sleep(ncbi.latency())
        fault = ncbi.faults(program, question)
        if fault == "expire":
            ncbi.forget_sessions()
        failure = getattr(self, f"_fail_{fault}", None)
        if failure is not None and fault in ("429", "500", "503", "outage", "reset", "empty", "html"):
            failure(question)
            return
        status, text = ncbi.answer(program, question)
        body = text.encode()
        if fault == "fewer" and program == "esearch":
            body = re.sub(rb"<Id>\d+</Id></IdList>", b"</IdList>", body)
        if program == "efetch" and status == 200:
            body = self._spoilt(fault, body, question)
            ncbi.served = body
        {"cut": self._send_cut, "truncated": self._send_truncated, "slow": self._send_slow}.get(
            fault, self._send
        )(status, body)

    def _spoilt(self, fault, body, question):
        ncbi = self.server.ncbi
        if fault == "repeat" and ncbi.served:
            return ncbi.served
        if fault in ("short", "stranger") and "id" in question:
            pmids = [int(number) for number in question["id"].split(",")]
            kept = pmids if fault == "stranger" else ncbi.chance.sample(pmids, len(pmids) // 2)
            strangers = ncbi.chance.sample(sorted(ncbi.shelf.entries), 1) if fault == "stranger" else []
            return records(ncbi.shelf.serve([*kept, *strangers])).encode()
        return body

    def _send(self, status, body, **headers):
        self.send_response(status)
        self.send_header("Content-Type", "text/xml; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _send_cut(self, status, body):
        self._send(status, body[: len(body) // 2])

    def _send_truncated(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) + 100))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def _send_slow(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:20])
        self.wfile.flush()
        self.server.ncbi.clock.sleep(1000.0)
        self.wfile.write(body[20:])

    def _fail_429(self, question):
        who = {"api-key": question["api_key"]} if "api_key" in question else {"IP": "127.0.0.1"}
        said = {"error": "API rate limit exceeded", **who, "count": "4", "limit": "3"}
        self._send(429, json.dumps(said).encode(), Retry_After="2", X_RateLimit_Remaining="0")

    def _fail_500(self, _):
        self._send(500, b"<html><head><title>NCBI - WWW Error 500 Diagnostic</title></head></html>")

    def _fail_503(self, _):
        self._send(503, b"Service Unavailable", Retry_After="1")

    def _fail_outage(self, _):
        self._send(200, b"<eSearchResult><ERROR>Database is not supported: pubmed</ERROR></eSearchResult>")

    def _fail_empty(self, _):
        self._send(200, b"")

    def _fail_html(self, _):
        self._send(200, b"<!DOCTYPE html><html><head><title>Maintenance<br></head></html>")

    def _fail_reset(self, _):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
