"""What was made from what: the book of steps, so that an unchanged step is not done again.

A step is current when its key is the same and every file that it wrote still has the bytes that it
wrote. File times say nothing. The book lies in ``.metaleak/``, which is not under version control: a
fresh clone does everything once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePath

import metaleak
from metaleak.storage import atomic, digest

#: Where the book lies inside a review.
BOOK = ".metaleak/steps.json"

#: Packages whose version can change a byte of an output.
_SOFTWARE = (
    "numpy",
    "scipy",
    "pandas",
    "statsmodels",
    "formulaic",
    "pydantic",
    "matplotlib",
    "pillow",
    "fonttools",
    "jinja2",
)


@dataclass(frozen=True, slots=True)
class Step:
    """A step that was done.

    Attributes
    ----------
    key : str
        Of what decides its output.
    outputs : mapping of str to str
        Path -> SHA-256 of what it wrote.
    made_from : str
        Digest of everything that it read, cheaper to know than the key; empty where it has none.
    """

    key: str
    outputs: Mapping[str, str]
    made_from: str = ""


@dataclass(slots=True)
class StepBook:
    """The steps that were done in one review; make one with :meth:`open`.

    Attributes
    ----------
    root : Path
        The review.
    steps : dict of str to Step
        By name, such as ``"pool modality"``.
    """

    root: Path
    steps: dict[str, Step] = field(default_factory=dict)

    @classmethod
    def open(cls, root: Path) -> StepBook:
        """Read the book of a review; one that is missing or damaged is empty, so that all is redone."""
        try:
            data = json.loads((root / BOOK).read_bytes())
            steps = {
                name: Step(str(s["key"]), _inside(s["outputs"]), str(s.get("made_from", "")))
                for name, s in data["steps"].items()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            steps = {}
        return cls(root, steps)

    def is_current(self, name: str, key: str) -> bool:
        """Whether the step was done with this key and its files are as it left them."""
        step = self.steps.get(name)
        return step is not None and step.key == key and self.is_whole(name)

    def is_untouched(self, name: str, made_from: str) -> bool:
        """Whether the step would read what it read, and its files are as it left them."""
        step = self.steps.get(name)
        return step is not None and step.made_from == made_from and self.is_whole(name)

    def is_whole(self, name: str) -> bool:
        """Whether every file that the step wrote still has its bytes."""
        step = self.steps.get(name)
        return step is not None and all(
            _digest_of(self.root / path) == expected for path, expected in step.outputs.items()
        )

    def write(self, name: str, key: str, outputs: Mapping[str, bytes], *, made_from: str = "") -> bool:
        """Write what a step made, then note it; return whether a file changed.

        A file that the step wrote last time and no longer makes is removed, if nobody changed it.
        The note comes last: a step that is cut off is done again.

        Raises
        ------
        StorageError
            When a file cannot be written.
        """
        before = self.steps.get(name)
        changed = [atomic.write_bytes(self.root / path, data) for path, data in outputs.items()]
        if before is not None:
            self._remove({p: d for p, d in before.outputs.items() if p not in outputs})
        written = {path: digest.of_bytes(data) for path, data in outputs.items()}
        self.steps[name] = Step(key, written, made_from)
        self._save()
        return any(changed)

    def forget_all_but(self, names: Iterable[str]) -> list[str]:
        """Forget steps that no longer exist and remove their untouched files; return their names."""
        keep = set(names)
        gone = [name for name in self.steps if name not in keep]
        for name in gone:
            self._remove(self.steps.pop(name).outputs)
        if gone:
            self._save()
        return gone

    def _remove(self, outputs: Mapping[str, str]) -> None:
        for path, expected in outputs.items():
            if _digest_of(self.root / path) == expected:
                with suppress(OSError):
                    (self.root / path).unlink()

    def _save(self) -> None:
        steps = {name: asdict(step) for name, step in sorted(self.steps.items())}
        text = json.dumps({"format": 1, "steps": steps}, ensure_ascii=False, indent=1) + "\n"
        atomic.write_text(self.root / BOOK, text)


def software_key() -> str:
    """Return a digest of the package's version and files and of the libraries that shape an output.

    The files are in it so that a change of the code redoes a step without a new version number.
    """
    home = Path(metaleak.__file__).parent
    files = sorted(path for path in home.rglob("*") if path.is_file() and path.suffix != ".pyc")
    code = {str(path.relative_to(home)): digest.of_file(path) for path in files}
    return digest.of_value([metaleak.__version__, code, {name: _version(name) for name in _SOFTWARE}])


def _inside(outputs: Mapping[str, str]) -> dict[str, str]:
    # A book that came with somebody's archive must not make us remove a file outside the review.
    if any(PurePath(path).is_absolute() or ".." in PurePath(path).parts for path in outputs):
        raise ValueError(f"a path leaves the review: {sorted(outputs)}")
    return dict(outputs)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _digest_of(path: Path) -> str | None:
    try:
        return digest.of_file(path)
    except OSError:
        return None
