"""TOML files that people write: read them, check every key, say what is wrong in one error."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import pydantic

from metaleak.errors import ConfigError
from metaleak.sheets.codebook import nearest

Model = TypeVar("Model", bound=pydantic.BaseModel)


def read_toml(path: Path, *, name: str) -> dict[str, Any]:
    """Return the keys of a TOML file; ``name`` is how errors call it.

    Raises
    ------
    ConfigError
        For a file that is missing, not UTF-8 or not TOML, with the line where reading stopped.
    """
    try:
        return tomllib.loads(Path(path).read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError("the file does not exist", where=name) from None
    except UnicodeDecodeError as error:
        raise ConfigError(
            "the file is not UTF-8", got=f"byte {error.start}", where=name, todo="save it as UTF-8"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("the file is not TOML", got=str(error), where=name) from None
    except OSError as error:
        raise ConfigError("the file cannot be read", got=error.strerror or str(error), where=name) from None


def typed(model: type[Model], data: Any, *, name: str) -> Model:
    """Return ``data`` as the typed ``model``, or one error that lists every wrong key.

    Raises
    ------
    ConfigError
        Naming the file, each key, the allowed values and what was found.
    """
    try:
        return model.model_validate(data)
    except pydantic.ValidationError as error:
        raise ConfigError("; ".join(_told(model, item) for item in error.errors()), where=name) from None


def _told(model: type[pydantic.BaseModel], item: Any) -> str:
    place = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        known = _known_keys(model, item["loc"][:-1])
        hint = nearest(str(item["loc"][-1]), tuple(known))
        return f"unknown key {place!r}{hint}; allowed here: {', '.join(known)}"
    if item["type"] == "missing":
        return f"key {place!r} is missing"
    return f"key {place!r}: {_lower(item['msg'])}; got: {item['input']!r}"


def _lower(message: str) -> str:
    text = message.removeprefix("Value error, ")
    return text[:1].lower() + text[1:]


def _known_keys(model: type[pydantic.BaseModel], loc: Sequence[int | str]) -> list[str]:
    current: Any = model
    for part in loc:
        if isinstance(part, int):
            continue
        field = current.model_fields.get(part) or next(
            (f for f in current.model_fields.values() if f.alias == part), None
        )
        current = _model_in(field.annotation) if field is not None else None
        if current is None:
            return []
    return [field.alias or key for key, field in current.model_fields.items()]


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        return annotation
    return next((found for arg in getattr(annotation, "__args__", ()) if (found := _model_in(arg))), None)
