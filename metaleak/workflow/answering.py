"""The answers of a review's analyses: as they are, taken over, computed here, or ahead by other processes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from metaleak.compute.kept import forget
from metaleak.compute.local import Team
from metaleak.compute.place import Place, using
from metaleak.errors import MetaleakError, SheetError
from metaleak.question.analyse import Analysis, Notices, analyse, taken_over
from metaleak.question.kinds import slow_first
from metaleak.question.review import Review
from metaleak.sheets.load import load_sheets
from metaleak.storage import digest, strict_json
from metaleak.workflow.crew import Ahead, ahead
from metaleak.workflow.outcome import result_path, rows_path
from metaleak.workflow.steps import StepBook

#: So many analyses are worth the second that other processes take to start.
PAYS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A review for another process: where it lies, what was read of it, where chunks are kept."""

    root: Path
    digests: tuple[tuple[str, str], ...]
    status: str
    notices: Notices
    keep: Path | None
    salt: str


@dataclass(frozen=True, slots=True)
class Answered:
    """An analysis, and the chunks that are kept for it until it is written."""

    analysis: Analysis
    kept: tuple[Path, ...] = ()


def answered(asked: Asked, name: str) -> Answered:
    """Answer an analysis anew in another process.

    Raises
    ------
    SheetError
        When a sheet changed since it was checked.
    MetaleakError
        As the analysis raises it.
    """
    place = Place(keep=asked.keep, salt=asked.salt, release=False)
    with using(place):
        found = analyse(_review(asked.root, asked.digests), name, status=asked.status, notices=asked.notices)
    return Answered(found, tuple(place.finished))


@dataclass(slots=True, kw_only=True)
class Answers:
    """What answers the analyses of a review and writes what it found.

    Attributes
    ----------
    review, status : Review, str
        The sheets and questions, and whether they are a rehearsal.
    notices : callable
        Gives what was said later about publications of the studies.
    noticed : mapping of str to str
        Digests of the files that it comes from.
    book, software : StepBook, str
        What was done, and by what.
    place, team : Place, Team
        Where heavy resampling runs, and who answers analyses beside each other.
    """

    review: Review
    status: str
    notices: Callable[[], Notices]
    noticed: Mapping[str, str]
    book: StepBook
    software: str
    place: Place
    team: Team
    _read: str = ""
    _known: dict[str, Answered] = field(default_factory=dict)
    _awaited: set[str] = field(default_factory=set)
    _changed: dict[str, bool] = field(default_factory=dict)
    _ahead: Ahead | None = None

    def look_ahead(self, names: Sequence[str]) -> None:
        """Let the team answer what has to be computed anew, where that pays; a cluster does it one by one."""
        if self.team.workers < 2 or self.place.scheduler is not None or len(names) < PAYS:
            return
        anew = {name: kind for name in names if (kind := self._kind_if_new(name))}
        if len(anew) < PAYS:
            return
        asked = Asked(
            root=self.review.root,
            digests=_read(self.review),
            status=self.status,
            notices={
                study: {str(k): tuple(v) for k, v in said.items()} for study, said in self.notices().items()
            },
            keep=self.place.keep,
            salt=self.place.salt,
        )
        self._awaited = set(anew)
        items = [(name, name) for name in slow_first(anew)]
        self._ahead = Ahead(ahead(self.team, "pool", answered, asked, items), self._write)

    def answer(self, name: str) -> tuple[bool, str]:
        """Answer an analysis and write it; return whether its numbers are unchanged, and a few words.

        Raises
        ------
        MetaleakError
            As the analysis and writing raise it.
        """
        if self._ahead is not None and name in self._awaited:
            self._awaited.discard(name)
            found: Answered = self._ahead.take(name)
        elif self.book.is_untouched(f"pool {name}", self._made_from()):
            return True, ""
        else:
            found = self._known.pop(name) if name in self._known else self._here(name)
            self._write(name, found)
        taken, changed = not found.analysis.fitted, self._changed.pop(name)
        return taken, "same observations; what describes the sheets is new" if changed and taken else ""

    def close(self) -> None:
        """Stop what is still computed ahead."""
        if self._ahead is not None:
            self._ahead.close()
            self._ahead = None

    def _write(self, name: str, found: Answered) -> None:
        outputs = {
            result_path(name): strict_json.dumps(found.analysis.result).encode("utf-8"),
            rows_path(name): found.analysis.rows_csv.encode("utf-8"),
        }
        step = f"pool {name}"
        self._changed[name] = self.book.write(step, self.software, outputs, made_from=self._made_from())
        self.place.forget()
        for folder in found.kept:
            forget(folder)

    def _here(self, name: str) -> Answered:
        with using(self.place):
            return Answered(
                analyse(
                    self.review,
                    name,
                    status=self.status,
                    previous=self._previous(name),
                    notices=self.notices(),
                ),
            )

    def _kind_if_new(self, name: str) -> str:
        """Return the kind of an analysis that has to be computed anew; nothing of others and of wrong ones."""
        if self.book.is_untouched(f"pool {name}", self._made_from()):
            return ""
        previous = self._previous(name)
        try:
            kind = self.review.question(name).kind
            if previous is None:
                return kind
            found = taken_over(
                self.review, name, status=self.status, previous=previous, notices=self.notices()
            )
        except MetaleakError:
            # It is raised when its turn comes.
            return ""
        if found is not None:
            self._known[name] = Answered(found)
            return ""
        return kind

    def _previous(self, name: str) -> dict[str, object] | None:
        done = self.book.steps.get(f"pool {name}")
        if done is None or done.key != self.software or not self.book.is_whole(f"pool {name}"):
            return None
        found: dict[str, object] = json.loads((self.review.root / result_path(name)).read_bytes())
        return found

    def _made_from(self) -> str:
        """Return the digest of everything that an answer may depend on: all sheets and all questions."""
        if not self._read:
            names = [f"analyses/{name}.toml" for name in self.review.questions]
            questions = {name: digest.of_file(self.review.root / name) for name in names}
            self._read = digest.of_value(
                [self.software, self.status, _read(self.review), dict(self.noticed), questions]
            )
        return self._read


def _read(review: Review) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(review.sheets.digests.items()))


@lru_cache(maxsize=1)
def _review(root: Path, digests: tuple[tuple[str, str], ...]) -> Review:
    review = Review(root, load_sheets(root))
    if _read(review) != digests:
        raise SheetError("a sheet changed while it was worked on", where=str(root.name), todo="run again")
    return review
