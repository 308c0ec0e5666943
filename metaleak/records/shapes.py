"""What to take out of XML, declared once as paths, for the compiled scanner and for the parser alike.

A path leads from an element to one below it, through the first child of each name: ``"Journal/JournalIssue/Volume"``.
With ``[]`` behind it a step goes through every child of its name, and ``*`` stands for children of any name. What a
path finds is text; ``"."`` is the text of the element itself, ``"@Type"`` an attribute, ``"name()"`` its name.
:class:`Every` takes all that the last step of a path finds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from metaleak.records.compiled import Scanner
from metaleak.records.elements import parsed, text


@dataclass(frozen=True, slots=True, init=False)
class Every:
    """All elements at the end of a path: their texts, or the fields of each."""

    path: str
    fields: tuple[str | Every, ...]

    def __init__(self, path: str, *fields: str | Every) -> None:
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "fields", fields)


@dataclass(slots=True)
class Step:
    """A child that is looked into: by its name, the first alone or every one.

    ``slot`` is where its text or its fields go; without one it only leads to ``steps``.
    """

    name: str
    every: bool = False
    slot: int | None = None
    listed: bool = False
    form: Form | None = None
    steps: list[Step] = field(default_factory=list)


@dataclass(slots=True)
class Form:
    """The fields of one element: what is there before anything is found, and where each goes."""

    empty: list[Any]
    own_text: int | None = None
    own_name: int | None = None
    attributes: list[tuple[str, int]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


class Shape:
    """The fields that are taken from an element of a name.

    Parameters
    ----------
    name : str
        Of the element.
    *fields : str or Every
        Paths from it.
    apart : sequence of str
        Names of elements that the scanner does not accept inside of it.

    Attributes
    ----------
    scan : callable
        Takes data and the place in it where an element begins, and returns what the fields find in it and the place
        behind it. It reads XML of the plainest kind alone; in any doubt, and where nothing was compiled, it returns
        None and -1, and the element has to be cut out and given to :meth:`read`.

    Examples
    --------
    >>> shape = Shape("a", "b/c", Every("d", "@e", "."))
    >>> shape.read(b'<a><b><c>1 &lt; 2</c></b><d e="f">3</d><d><i>4</i> 5</d></a>')
    ['1 < 2', [['f', '3'], ['', '4 5']]]
    >>> shape.read(b"<a><b></a>") is None
    True
    """

    def __init__(self, name: str, *fields: str | Every, apart: Sequence[str] = ()) -> None:
        self.name = name
        self.form = form_of(fields)
        self.scan: Callable[..., tuple[list[Any] | None, int]] = (
            Scanner(name, self.form, apart).read if Scanner else _no_scanner
        )

    def read(self, xml: bytes) -> list[Any] | None:
        """Return what the fields find in an element, or None when it is no complete XML.

        Texts are cleaned; what is not found is an empty text, or has no items.
        """
        found, end = self.scan(xml)
        if end == len(xml):
            return found
        tree = parsed(xml)
        return None if tree is None or tree.tag != self.name else filled(tree, self.form)


def _no_scanner(data: bytes, start: int = 0) -> tuple[None, int]:
    return None, -1


def form_of(fields: Sequence[str | Every]) -> Form:
    """Return the places of fields, their paths joined where they begin alike."""
    form = Form([() if isinstance(each, Every) else "" for each in fields])
    for slot, each in enumerate(fields):
        if isinstance(each, Every):
            step = _step(form.steps, each.path)
            step.every = step.listed = True
            step.slot = slot
            step.form = form_of(each.fields) if each.fields else None
        elif each == ".":
            form.own_text = slot
        elif each == "name()":
            form.own_name = slot
        elif each.startswith("@"):
            form.attributes.append((each[1:], slot))
        else:
            _step(form.steps, each).slot = slot
    return form


def _step(steps: list[Step], path: str) -> Step:
    *leading, last = path.split("/")
    for part in leading:
        steps = _step_named(steps, part).steps
    return _step_named(steps, last)


def _step_named(steps: list[Step], part: str) -> Step:
    name = part.removesuffix("[]")
    for step in steps:
        if step.name == name:
            return step
    steps.append(Step(name, every=part != name))
    return steps[-1]


def filled(element: Element, form: Form) -> list[Any]:
    """Return what the fields of a form find in an element of a tree."""
    slots = form.empty.copy()
    if form.own_name is not None:
        slots[form.own_name] = element.tag
    for name, slot in form.attributes:
        slots[slot] = element.get(name, "")
    if form.own_text is not None:
        slots[form.own_text] = text(element)
    _follow(element, form.steps, slots)
    return slots


def _follow(element: Element, steps: list[Step], slots: list[Any]) -> None:
    if not steps:
        return
    waiting = {step.name: step for step in steps}
    for child in element:
        step = waiting.get(child.tag) or waiting.get("*")
        if step is None:
            continue
        if not step.every:
            del waiting[step.name]
        if step.slot is None:
            _follow(child, step.steps, slots)
            continue
        found = filled(child, step.form) if step.form else text(child)
        if step.listed:
            slots[step.slot] = slots[step.slot] or []
            slots[step.slot].append(found)
        else:
            slots[step.slot] = found
