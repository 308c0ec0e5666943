"""How many treated vertebrae stand behind one patient of an observation, where the sheets say so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import pandas as pd
from pydantic import Field

from metaleak.errors import ConfigError
from metaleak.question.kinds.base import Strict
from metaleak.question.review import Review
from metaleak.question.select import Selection
from metaleak.question.study_table import PooledRow

#: Rows that agree in these count the same people, in one unit or the other.
_PEOPLE = ("study_id", "arm", "procedure", "modality", "leak_site", "symptomatic")

#: Rows of a study that agree in these count the same people, arm by arm.
_SAME = ("study_id", "unit", "modality", "leak_site", "symptomatic")


class Vertebrae(Strict):
    """Where the vertebrae of rows that count patients are found: no column of the sheets holds them.

    Attributes
    ----------
    one_level : str
        The words of a note that say that every patient had one treated vertebra.
    treated : mapping of str to list of int
        Treated vertebrae of studies that count patients; several numbers are added up. Each stands in a note of
        its study.
    """

    one_level: Annotated[str, Field(min_length=1)] = "one treated level per patient"
    treated: dict[str, Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1)]] = Field(
        default_factory=dict
    )


@dataclass(frozen=True, slots=True)
class PerPatient:
    """Vertebrae per patient of one observation, None where nothing says so, and what says it or why nothing does."""

    m: float | None
    told: str


def vertebrae_per_patient(
    review: Review, selection: Selection, rows: Sequence[PooledRow], declared: Vertebrae, *, where: str
) -> list[PerPatient]:
    """Return the vertebrae per patient of every observation.

    Rows that count vertebrae are set against ``n_patients`` of their study, all its arms together; rows that count
    patients against the vertebrae that a note gives.

    Raises
    ------
    ConfigError
        When a declared number of vertebrae belongs to no study, stands in none of its notes, or is smaller than the
        number of its patients.
    """
    studies = {row["study_id"]: row for row in review.sheets.frame("studies").to_dict("records")}
    leaks = selection.candidates
    wrong = [
        *_unknown(declared, studies),
        *_unnoted(declared, _notes(leaks), studies),
    ]
    if wrong:
        raise ConfigError("; ".join(wrong), where=where, todo="mend [vertebrae.treated]")
    by_place = {int(row["sheet_row"]): row for row in leaks.to_dict("records")}
    words = review.codebook.declared
    found = []
    for row in rows:
        parts = [by_place[place] for place in row.sheet_rows]
        counted = _counted(leaks, parts[0], words.all_arms)
        if all(declared.one_level in str(part["note"]) for part in parts):
            found.append(PerPatient(1.0, "one treated level per patient"))
        elif row.unit in words.units_of_vertebrae:
            found.append(_by_patients(counted, studies[row.study_id]["n_patients"]))
        else:
            found.append(_by_vertebrae(declared.treated.get(row.study_id), counted, row, where))
    return found


@dataclass(frozen=True, slots=True)
class BothUnits:
    """The same people counted in vertebrae and in patients: events and totals."""

    study_id: str
    modality: str
    vertebrae: tuple[int, int]
    patients: tuple[int, int]

    @property
    def m(self) -> float:
        """Vertebrae per patient."""
        return self.vertebrae[1] / self.patients[1]


def counted_in_both(
    review: Review, selection: Selection, where: Mapping[str, Sequence[str]]
) -> list[BothUnits]:
    """Return the arms that are counted in both units, taken or not, among rows with the words of ``where``."""
    leaks = selection.candidates
    for column, allowed in where.items():
        leaks = leaks[leaks[column].isin(list(allowed))]
    leaks = leaks[leaks["n_leak"].notna() & leaks["n_total"].notna()]
    words = review.codebook.declared
    found = []
    for (study, _, _, modality, *_), part in leaks.groupby(list(_PEOPLE), sort=False):
        vertebrae, patients = (
            part[part["unit"].isin(units)] for units in (words.units_of_vertebrae, words.units_of_patients)
        )
        if len(vertebrae) == len(patients) == 1 and int(vertebrae["n_total"].iloc[0]) >= int(
            patients["n_total"].iloc[0]
        ):
            found.append(BothUnits(str(study), str(modality), _share(vertebrae), _share(patients)))
    return found


def _share(one: pd.DataFrame) -> tuple[int, int]:
    return int(one["n_leak"].iloc[0]), int(one["n_total"].iloc[0])


def _by_patients(vertebrae: int, patients: Any) -> PerPatient:
    if pd.isna(patients):
        return PerPatient(None, "the number of patients is not given")
    if vertebrae < patients:
        return PerPatient(None, f"{vertebrae} vertebrae are counted, of {int(patients)} patients")
    return PerPatient(vertebrae / int(patients), f"{vertebrae} vertebrae of {int(patients)} patients")


def _by_vertebrae(treated: Sequence[int] | None, patients: int, row: PooledRow, where: str) -> PerPatient:
    if treated is None:
        return PerPatient(None, "the number of vertebrae is not given")
    vertebrae = sum(treated)
    if vertebrae < patients:
        raise ConfigError(
            f"{row.study_id} has fewer treated vertebrae than patients",
            required=f"{patients} or more",
            got=vertebrae,
            where=where,
        )
    return PerPatient(vertebrae / patients, f"{vertebrae} vertebrae of {patients} patients")


def _counted(leaks: pd.DataFrame, row: Mapping[Any, Any], all_arms: str) -> int:
    """Return how many units a study counts in all arms together: its row of everybody, else the sum of its arms."""
    same = leaks[(leaks[list(_SAME)] == pd.Series({word: row[word] for word in _SAME})).all(axis=1)]
    everybody = same[same["arm"] == all_arms]
    return int((same if everybody.empty else everybody)["n_total"].sum())


def _notes(leaks: pd.DataFrame) -> dict[str, str]:
    return {str(study): " ".join(map(str, part["note"])) for study, part in leaks.groupby("study_id")}


def _unknown(declared: Vertebrae, studies: Mapping[str, Any]) -> Iterator[str]:
    for study in declared.treated:
        if study not in studies:
            yield f"studies.csv has no study {study!r}"


def _unnoted(
    declared: Vertebrae, notes: Mapping[str, str], studies: Mapping[str, Mapping[Any, Any]]
) -> Iterator[str]:
    for study, treated in declared.treated.items():
        said = f"{notes.get(study, '')} {studies[study]['note'] if study in studies else ''}"
        for number in treated:
            if study in studies and not re.search(rf"(?<!\d){number}(?!\d)", said):
                yield f"no note of {study} says {number}"
