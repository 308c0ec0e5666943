"""Frozen records made as fast as open ones.

A frozen dataclass sets its fields one by one past its own lock, which takes most of the time of making one with many.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, field, fields, make_dataclass
from typing import Any, TypeVar, cast

from metaleak.records.compiled import Maker

Made = TypeVar("Made")


def maker(frozen: type[Made], *given: str) -> Callable[..., Made]:
    """Return a function that makes objects of a frozen dataclass with slots from the values of some of its fields.

    The other fields have their defaults, which must be there. What it makes is equal to one that was made in the
    usual way.

    Parameters
    ----------
    frozen : type
        The class.
    *given : str
        The fields whose values are given, in their order.

    Raises
    ------
    TypeError
        When a field that is not given has no default.

    Examples
    --------
    >>> from metaleak.records.record import Author
    >>> made = maker(Author, "family", "given")("Casbon", "James A")
    >>> made, made == Author("Casbon", "James A")
    (Author(family='Casbon', given='James A', suffix='', is_group=False), True)
    """
    ungiven = [
        each for each in fields(cast("Any", frozen)) if each.name not in given and each.default is MISSING
    ]
    if ungiven:
        raise TypeError(f"{frozen.__name__}.{ungiven[0].name} has no default and is not given")
    if Maker is not None:
        defaults = {each.name: each.default for each in fields(cast("Any", frozen)) if each.name not in given}
        return Maker(frozen, given, defaults)
    return _twin(frozen, given)


def _twin(frozen: type[Made], given: tuple[str, ...]) -> Callable[..., Made]:
    """Make objects of an open class with the same fields, and hand them to the frozen one."""
    listed = sorted(
        fields(cast("Any", frozen)),
        key=lambda each: given.index(each.name) if each.name in given else len(given),
    )
    alike = [(each.name, each.type, _alike(each, each.name in given)) for each in listed]
    opened = make_dataclass(frozen.__name__, alike, slots=True, eq=False)

    def make(*values: Any) -> Made:
        made: Any = opened(*values)
        made.__class__ = frozen
        return cast("Made", made)

    return make


def _alike(each: Field[Any], is_given: bool) -> Any:
    return field() if is_given or each.default is MISSING else field(default=each.default)
