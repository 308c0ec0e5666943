"""Frozen values as plain JSON and back, to the last bit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np

Class = TypeVar("Class", bound=type)

_CLASSES: dict[str, type] = {}
_WORDS = {"Inf": math.inf, "-Inf": -math.inf}


#: Marks fields that a stored result leaves out: they come back as their default.
NOT_STORED = {"stored": False}


def storable(cls: Class) -> Class:
    """Let a frozen dataclass stand in a stored result, under its name."""
    _CLASSES[cls.__name__] = cls
    return cls


def to_plain(value: Any) -> Any:
    """Return a storable value as JSON values: a dataclass becomes a mapping with its ``type``."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            "type": type(value).__name__,
            **{f.name: to_plain(getattr(value, f.name)) for f in fields(value) if f.metadata != NOT_STORED},
        }
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return to_plain(value.tolist())
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float | np.floating):
        number = float(value)
        return number if math.isfinite(number) else ("Inf" if number > 0 else "-Inf")
    return value.item() if isinstance(value, np.generic) else value


def to_typed(value: Any) -> Any:
    """Return what :func:`to_plain` wrote as the dataclasses that it came from."""
    if isinstance(value, Mapping) and value.get("type") in _CLASSES:
        cls = _CLASSES[value["type"]]
        return cls(**{f.name: _field(str(f.type), value[f.name]) for f in fields(cls) if f.name in value})
    if isinstance(value, Mapping):
        return MappingProxyType({key: to_typed(item) for key, item in value.items()})
    if isinstance(value, list):
        return [to_typed(item) for item in value]
    return value


def _field(kind: str, value: Any) -> Any:
    if "Floats" in kind and value is not None:
        array = np.array([_numbers(item) for item in value], dtype=np.float64)
        array.setflags(write=False)
        return array
    if isinstance(value, str):
        return _WORDS.get(value, value) if "float" in kind else value
    if isinstance(value, list):
        items = [
            _WORDS.get(item, item) if isinstance(item, str) and "float" in kind else to_typed(item)
            for item in value
        ]
        return tuple(items) if "tuple" in kind else items
    return to_typed(value)


def _numbers(value: Any) -> Any:
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    return _WORDS.get(value, value) if isinstance(value, str) else value
