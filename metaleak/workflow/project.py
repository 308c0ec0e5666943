"""``metaleak.toml``: what makes a folder a review, and what its report shows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from metaleak.errors import ConfigError, UsageError
from metaleak.question.toml_file import read_toml, typed
from metaleak.screening.judgements import ScreeningSection
from metaleak.search.strategy import SearchSection
from metaleak.sheets.codebook import nearest

#: The file that marks the root of a review.
PROJECT = "metaleak.toml"

#: A name that is a file name everywhere and never a path.
_STEM = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$"
FileStem = Annotated[str, Field(pattern=_STEM)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReportPage(_Strict):
    """The page: its file name without ending, and the analyses that it shows, in order."""

    name: FileStem
    analyses: Annotated[list[FileStem], Field(min_length=1)]


class Project(_Strict):
    """One ``metaleak.toml``, typed.

    Attributes
    ----------
    title, question : str
        What the review is called and what it asks.
    status : str
        ``"rehearsal"`` puts the caveat beside every answer; ``"released"`` takes it away.
    report : ReportPage
        Which analyses stand on the page.
    search : SearchSection, optional
        The strategies that find the evidence.
    screening : ScreeningSection, optional
        How many reviewers judge records, why reports are left out, when the update began.
    """

    format: Literal[1]
    title: Annotated[str, Field(min_length=1)]
    question: Annotated[str, Field(min_length=1)]
    status: Literal["rehearsal", "released"]
    report: ReportPage
    search: SearchSection | None = None
    screening: ScreeningSection | None = None


def find_root(given: Path | None = None) -> Path:
    """Return the folder of the review: the one that is given, or the nearest around the current one.

    Raises
    ------
    UsageError
        When there is none, with what to type.
    """
    if given is not None:
        if (given / PROJECT).is_file():
            return given.resolve()
        raise UsageError(
            "this folder is no review",
            required=f"a folder that holds {PROJECT}",
            where=str(given),
            todo=f"start one with: metaleak new {given}",
        )
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / PROJECT).is_file():
            return folder
    raise UsageError(
        "neither this folder nor one around it is a review",
        required=f"a folder that holds {PROJECT}",
        where=str(here),
        todo="go into the review, name it with --root DIR, or start one with: metaleak new DIR",
    )


def load_project(root: Path) -> Project:
    """Read ``metaleak.toml`` and check that every analysis it names is there.

    Raises
    ------
    ConfigError
        For an unknown key, a wrong value or an analysis without a file, all of one kind at once.
    """
    project = typed(Project, read_toml(root / PROJECT, name=PROJECT), name=PROJECT)
    known = analysis_names(root)
    unfit = [name for name in known if re.fullmatch(_STEM, name) is None]
    if unfit:
        raise ConfigError(
            f"the file {unfit[0] + '.toml'!r} has a name that its results and figures cannot have",
            required="letters, digits, - and _, with a letter or digit first",
            where="analyses",
            todo="rename it",
        )
    missing = [name for name in project.report.analyses if name not in known]
    if missing:
        told = ", ".join(f"{name!r}{nearest(name, known)}" for name in missing)
        raise ConfigError(
            f"report.analyses names no file of analyses/: {told}",
            required="one of " + (", ".join(known) or "none: analyses/ holds no TOML file"),
            where=PROJECT,
        )
    return project


def analysis_names(root: Path) -> tuple[str, ...]:
    """Return the names of all analyses in the review, sorted."""
    return tuple(sorted(path.stem for path in (root / "analyses").glob("*.toml")))
