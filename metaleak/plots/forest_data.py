"""What a forest plot shows, as plain frozen values read from ``NAME.result.json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from metaleak.errors import InputError
from metaleak.plots.source import Source, caveat
from metaleak.plots.text_metrics import checked
from metaleak.plots.verdicts import OF_ANSWER
from metaleak.storage.digest import of_value
from metaleak.storage.strict_json import number

Json = Mapping[str, Any]

#: Fewer rows hardly tell how far studies differ.
FEW_ROWS = 5


@dataclass(frozen=True, slots=True)
class Value:
    """A number with its interval; shares are 0..1. None: not defined; limits may be infinite."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRow:
    """One drawn observation: its words, its counts, its rate with interval and its information share.

    ``bias`` holds what was answered about its study's risk of bias, by item; what is not there nobody has assessed.
    """

    label: str
    study_id: str
    group: str
    procedure: str
    unit: str
    modality: str
    events: int
    total: int
    rate: Value
    ci_method: str
    share: float | None
    sheet_rows: tuple[int, ...]
    year: str = ""
    bias: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """A test as it is printed."""

    #: Keeps pytest from collecting the class.
    __test__ = False

    statistic: float | None
    df: tuple[float, ...]
    p_value: float | None
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupData:
    """One group: its rows, its pooled values and how much its studies differ.

    ``pooled`` is the rate of the median study and ``average`` the mean rate over studies; both are None
    where the group is not pooled, and ``reason`` says why. ``joined`` are the group's summed counts with
    an exact interval: they are drawn in that case only.
    """

    name: str
    k: int
    k_studies: int
    events: int
    total: int
    pooled: Value | None
    joined: Value
    ci_method: str
    prediction: Value | None
    pi_method: str
    average: Value | None
    tau: Value | None
    i2: float | None
    heterogeneity: Test | None
    reason: str
    notes: tuple[str, ...] = ()
    rows: tuple[StudyRow, ...] = ()

    @property
    def is_small(self) -> bool:
        """Whether its prediction interval is hardly known: it rests on fewer than five rows."""
        return self.k < FEW_ROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """The odds ratio between two groups."""

    of: str
    against: str
    odds_ratio: Value
    p_value: float | None
    k: tuple[int, ...]
    k_studies: tuple[int, ...]
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestData:
    """Everything that the figures of one analysis show and say.

    ``tests`` are keyed by how tau2 was modelled ("separate", "common"); ``selection``, ``settings``,
    ``inputs``, ``software`` and ``notices`` are those of the result and ``digest`` is its own. ``overall`` is None
    unless the result holds it.
    """

    analysis: str
    title: str
    question: str
    status: str
    key: str
    digest: str
    groups: tuple[GroupData, ...]
    tests: Mapping[str, Test]
    contrasts: tuple[Contrast, ...]
    selection: Json
    settings: Json
    inputs: Mapping[str, str]
    software: Mapping[str, str]
    notes: tuple[str, ...] = ()
    notices: tuple[Json, ...] = ()
    overall: GroupData | None = None

    @property
    def rows(self) -> tuple[StudyRow, ...]:
        """All rows, in the order of the groups."""
        return tuple(row for group in self.groups for row in group.rows)

    @property
    def sheet(self) -> str:
        """The sheet that the rows come from: ``"leaks"`` or ``"pairs"``."""
        return str(self.settings.get("sheet", "leaks"))

    @property
    def source(self) -> Source:
        """Where the figures come from."""
        return Source(
            analysis=self.analysis,
            title=self.title,
            question=self.question,
            status=self.status,
            key=self.key,
            digest=self.digest,
            inputs=self.inputs,
            software=self.software,
            caveat=caveat(self.status, self.selection, sheet=self.sheet, notices=self.notices),
        )

    @property
    def level(self) -> float:
        """The level of all intervals, 0..1."""
        return float(self.settings.get("model", {}).get("level", 0.95))


def from_result_json(result: Json) -> ForestData:
    """Read what is drawn from the values of ``NAME.result.json``.

    Parameters
    ----------
    result : mapping
        The parsed JSON of one analysis.

    Returns
    -------
    ForestData
        Text from sheets is freed of control characters and checked against the font.

    Raises
    ------
    InputError
        When the mapping is no result of an analysis.
    SheetError
        When a text holds a character that the font cannot draw.

    Examples
    --------
    >>> from_result_json({"format": 2})
    Traceback (most recent call last):
        ...
    metaleak.errors.InputError: cannot read the result; required: format 1; got: 2
    """
    if result.get("format") != 1:
        raise InputError("cannot read the result", required="format 1", got=result.get("format"))
    try:
        return _read(result)
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(
            "cannot read the result",
            required="the keys and types of NAME.result.json",
            got=f"{type(error).__name__}: {error}",
            where=str(result.get("analysis", "")) or None,
            todo="run metaleak pool again",
        ) from error


def _read(result: Json) -> ForestData:
    settings = _printable(result["settings"], "settings")
    sheet = str(settings.get("sheet", "leaks"))
    names = {name: _text(name, "a group's name") for name in result["groups"]}
    rows = [_row(row, sheet) for row in result["rows"]]
    groups = tuple(
        _group(names[name], values, tuple(row for row in rows if row.group == names[name]))
        for name, values in result["groups"].items()
    )
    overall = result.get("overall")
    tests = {name: _test(test) for name, test in (result.get("tests") or {}).items() if test}
    return ForestData(
        analysis=_text(result["analysis"], "the name"),
        title=_text(result["title"], "the title"),
        question=_text(result["question"], "the question"),
        status=str(result["status"]),
        key=str(result.get("key", "")),
        digest=of_value(result),
        groups=groups,
        tests=tests,
        contrasts=tuple(_contrast(item) for item in result.get("difference") or ()),
        selection={**result["selection"], "units": _printable(result["selection"]["units"], "units")},
        settings=settings,
        inputs=result["inputs"],
        software=_printable(result["software"], "software"),
        notes=tuple(_text(note, "a note") for note in result.get("notes") or ()),
        notices=tuple(_printable(each, "a notice") for each in result.get("notices", ())),
        overall=None if overall is None else _group("overall", overall, ()),
    )


def _row(row: Json, sheet: str) -> StudyRow:
    where = f"{sheet}.csv, row {', '.join(str(place) for place in row['sheet_rows'])}"
    return StudyRow(
        label=checked(str(row["label"]), where=f"{where}, label of {_ascii(row['study_id'])}"),
        study_id=str(row["study_id"]),
        group=_text(row["group"], where),
        procedure=_word(row["procedure"], where),
        unit=_word(row["unit"], where),
        modality=_word(row["modality"], where),
        events=int(row["events"]),
        total=int(row["total"]),
        rate=_value(row, "rate"),
        ci_method=_text(row["ci_method"], where),
        share=number(row["share"]),
        sheet_rows=tuple(row["sheet_rows"]),
        year=_text(row.get("year") or "", where),
        bias={str(item): _answer(answer) for item, answer in (row.get("bias") or {}).items()},
    )


def _answer(answer: Any) -> str:
    """Return an answer that can be drawn; another one is no result."""
    if str(answer) not in OF_ANSWER:
        raise KeyError(f"no answer on risk of bias: {_ascii(answer)}")
    return str(answer)


def _group(name: str, values: Json, rows: tuple[StudyRow, ...]) -> GroupData:
    pooled = values["estimate"] is not None
    events, total = int(values["events"]), int(values["total"])
    average = values.get("population_average") or {}
    return GroupData(
        name=name,
        k=int(values["k"]),
        k_studies=int(values["k_studies"]),
        events=events,
        total=total,
        pooled=_value(values, "estimate") if pooled else None,
        joined=Value(events / total if total else None, number(values["ci_low"]), number(values["ci_high"])),
        ci_method=_text(values.get("ci_method") or "", f"group {_ascii(name)}"),
        prediction=_prediction(values),
        pi_method=_text(values.get("pi_method") or "", f"group {_ascii(name)}"),
        average=_value(average, "value") if average.get("value") is not None else None,
        tau=_tau(values),
        i2=number(values.get("i2")),
        heterogeneity=_heterogeneity(values),
        reason=_text(values.get("reason") or "", f"group {_ascii(name)}"),
        notes=tuple(_text(note, f"group {_ascii(name)}") for note in values.get("notes") or ()),
        rows=rows,
    )


def _value(values: Json, key: str) -> Value:
    return Value(number(values[key]), number(values.get("ci_low")), number(values.get("ci_high")))


def _prediction(values: Json) -> Value | None:
    low, high = number(values.get("pi_low")), number(values.get("pi_high"))
    return None if low is None or high is None else Value(None, low, high)


def _tau(values: Json) -> Value | None:
    tau2 = number(values.get("tau2"))
    if tau2 is None:
        return None
    low, high = (number(limit) for limit in values.get("tau2_ci") or (None, None))
    return Value(tau2**0.5, None if low is None else low**0.5, None if high is None else high**0.5)


def _heterogeneity(values: Json) -> Test | None:
    q = number(values.get("q"))
    if q is None:
        return None
    df = number(values.get("q_df"))
    return Test(
        statistic=q,
        df=() if df is None else (df,),
        p_value=number(values.get("q_p")),
        method=_text(values.get("q_method") or "", "a test"),
    )


def _test(test: Json) -> Test:
    df = test["df"]
    parts: Sequence[Any] = df if isinstance(df, list | tuple) else () if df is None else (df,)
    return Test(
        statistic=number(test["statistic"]),
        df=tuple(float(part) for part in parts),
        p_value=number(test["p_value"]),
        method=_text(test.get("method") or "", "a test"),
    )


def _contrast(item: Json) -> Contrast:
    return Contrast(
        of=_text(item["of"], "a contrast"),
        against=_text(item["against"], "a contrast"),
        odds_ratio=_value(item, "odds_ratio"),
        p_value=number(item["p_value"]),
        k=tuple(item["k"]),
        k_studies=tuple(item["k_studies"]),
        method=_text(item.get("method") or "", "a contrast"),
    )


def _text(text: Any, where: str) -> str:
    return checked(str(text), where=where)


def _printable(value: Any, where: str) -> Any:
    """Return a nested value whose texts and keys are all fit to draw."""
    if isinstance(value, Mapping):
        return {_text(key, where): _printable(item, where) for key, item in value.items()}
    if isinstance(value, list):
        return [_printable(item, where) for item in value]
    return _text(value, where) if isinstance(value, str) else value


def _word(word: Any, where: str) -> str:
    return _text(word, where).replace("_", " ")


def _ascii(text: Any) -> str:
    return str(text).encode("ascii", "backslashreplace").decode()
