"""One run of a search: plan, fetch batch after batch, account for every number, close."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from metaleak.errors import IncompleteError
from metaleak.numbers import count
from metaleak.search.batch import fetch_batch
from metaleak.search.folder import FATES, ORDER, PLAN, RESULT, Answers, RunFolder
from metaleak.search.plan import Order, Plan, Planned, as_json, from_json, make_plan
from metaleak.search.pubmed import Page, PubMed

#: How many missing numbers an error repeats.
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A complete run.

    Attributes
    ----------
    order : Order
        What was asked.
    build, translation, warnings, parts, found, late, retracted
        As in :class:`metaleak.search.plan.Plan`.
    articles, books, deleted, missing : tuple of int
        What became of each new number: delivered, delivered as a book, withdrawn by PubMed since it was
        listed, listed and not delivered.
    revised, withdrawn, stale : tuple of int
        What became of each held number that was revised since the previous run: fetched again, withdrawn,
        listed and not delivered.
    payload : str
        SHA-256 of the list of payload digests.
    unmatched, gone, shared : tuple of int
        As in the plan; ``gone`` holds what was withdrawn while it was fetched, too. Empty in runs of earlier versions.
    """

    order: Order
    build: str
    translation: str
    warnings: tuple[str, ...]
    parts: tuple[tuple[str, int], ...]
    found: int
    late: tuple[int, ...]
    retracted: tuple[int, ...]
    articles: tuple[int, ...]
    books: tuple[int, ...]
    deleted: tuple[int, ...]
    missing: tuple[int, ...]
    revised: tuple[int, ...]
    withdrawn: tuple[int, ...]
    stale: tuple[int, ...]
    payload: str
    unmatched: tuple[int, ...] = ()
    gone: tuple[int, ...] = ()
    shared: tuple[int, ...] = ()

    @property
    def new(self) -> int:
        """How many numbers match and were not held before."""
        return len(self.articles) + len(self.books) + len(self.deleted) + len(self.missing)


def carry_out(
    folder: RunFolder,
    pubmed: PubMed,
    held: Collection[int],
    *,
    matched: Collection[int] = (),
    accept_missing: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> Result:
    """Bring a run to its end from wherever it stands.

    Every answer is on the disk before the next question is asked; whatever stops the run, the next call
    goes on behind the last finished batch.

    Parameters
    ----------
    folder : RunFolder
        The run; its order is written.
    pubmed : PubMed
        Who answers.
    held : collection of int
        PubMed numbers that the review has already, from other runs and from exports of PubMed.
    matched : collection of int
        Those that earlier runs of the strategy matched.
    accept_missing : bool
        Close the run although PubMed does not deliver some records; they stand in the result.
    tell : callable
        Called with a sentence before each step.

    Raises
    ------
    IncompleteError
        Naming the numbers that PubMed lists and does not deliver; the run stays open.
    NetworkError
        When PubMed does not answer; the run stays open.
    StorageError
        When the disk refuses; the run stays open.
    """
    if folder.is_complete:
        folder.clear_answers()
        return read_result(folder)
    folder.sweep()
    order = Order(**folder.read(ORDER))
    plan = _plan(folder, pubmed, order, held, matched, tell)
    answers = Answers(folder)
    for number, planned in enumerate(plan.batches, start=1):
        if not folder.is_done(number) or folder.account(number)["missing"]:
            tell(f"{order.strategy}: batch {number} of {len(plan.batches)}")
            folder.write_batch(number, fetch_batch(pubmed, planned.ids, _page(answers, planned)))
    result = _result(folder, order, plan, frozenset(held))
    if (outstanding := result.missing + result.stale) and not accept_missing:
        raise _incomplete(order, outstanding)
    folder.close(asdict(result))
    return result


def read_result(folder: RunFolder) -> Result:
    """Return the result of a complete run."""
    kept: dict[str, Any] = folder.read(RESULT)
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in kept.items()
    }
    parts = tuple((term, size) for term, size in kept["parts"])
    values |= {"order": Order(**kept["order"]), "parts": parts}
    return Result(**values)


def delivered(folder: RunFolder) -> Iterator[tuple[bytes, frozenset[int], bool]]:
    """Return every payload of a run with the numbers that count in it, and whether they were new.

    Two payloads of one batch may hold the same record; it counts once.
    """
    plan = from_json(folder.held(PLAN))
    for number, planned in enumerate(plan.batches, start=1):
        account = folder.account(number)
        wanted = frozenset(account["articles"]) | frozenset(account["books"])
        for body in folder.payloads(number):
            yield body, wanted, planned.new


def _plan(
    folder: RunFolder,
    pubmed: PubMed,
    order: Order,
    held: Collection[int],
    matched: Collection[int],
    tell: Callable[[str], None],
) -> Plan:
    kept = folder.read(PLAN)
    if kept is not None:
        return from_json(kept)
    tell(f"{order.strategy}: asking PubMed what matches")
    plan = make_plan(pubmed, order, held, Answers(folder), matched)
    folder.write(PLAN, as_json(plan))
    tell(f"{order.strategy}: {count(plan.found)} records match")
    return plan


def _page(answers: Answers, planned: Planned) -> Page | None:
    found = answers.get(planned.term) if planned.term else None
    return None if found is None or found.session is None else Page(found.session, planned.start)


def _result(folder: RunFolder, order: Order, plan: Plan, known: frozenset[int]) -> Result:
    new: dict[str, list[int]] = {fate: [] for fate in FATES}
    held: dict[str, list[int]] = {fate: [] for fate in FATES}
    shared = set(plan.shared)
    for number, planned in enumerate(plan.batches, start=1):
        account = folder.account(number)
        for fate in FATES:
            if not planned.new:
                held[fate] += account[fate]
                continue
            # While the run stood still, another one or an import may have brought what it had planned as new.
            new[fate] += [each for each in account[fate] if each not in known]
            if fate in ("deleted", "missing"):
                held[fate] += [each for each in account[fate] if each in known]
            else:
                shared |= known & set(account[fate])
    return Result(
        order=order,
        build=plan.build,
        translation=plan.translation,
        warnings=plan.warnings,
        parts=plan.parts,
        found=plan.found,
        late=plan.late,
        retracted=plan.retracted,
        articles=tuple(new["articles"]),
        books=tuple(new["books"]),
        deleted=tuple(new["deleted"]),
        missing=tuple(new["missing"]),
        revised=tuple(held["articles"] + held["books"]),
        withdrawn=tuple(held["deleted"]),
        stale=tuple(held["missing"]),
        payload=folder.write_manifest(len(plan.batches)),
        unmatched=plan.unmatched,
        gone=tuple(sorted({*plan.gone, *held["deleted"]})),
        shared=tuple(sorted(shared)),
    )


def _incomplete(order: Order, missing: tuple[int, ...]) -> IncompleteError:
    more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
    return IncompleteError(
        f"PubMed lists {count(len(missing))} "
        + ("record and does not deliver it" if len(missing) == 1 else "records and does not deliver them"),
        got=", ".join(map(str, missing[:_SHOWN])) + more,
        where=order.run,
        todo="everything else is kept; run again, or close the run without them: --accept-missing",
        missing=missing,
    )
