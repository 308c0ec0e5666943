"""Characters that a reader cannot see, made visible."""

from __future__ import annotations

#: Marks that turn or join what stands around them, so that a text reads otherwise than it is stored.
_MARKS = (0x061C, 0x200B, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2060, 0x206A), 0xFEFF)

#: Control characters below the space, but for tab and line ends, have pictures of their own.
_PICTURES = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n\r"} | {0x7F: "\u2421"}

_SHOWN = _PICTURES | {code: f"[U+{code:04X}]" for code in (*range(0x80, 0xA0), *_MARKS)}


def visible(text: str) -> str:
    r"""Return ``text`` with control characters as pictures, and marks that change the order of letters named.

    Examples
    --------
    >>> visible("NUL \x00, turned \u202ecba")
    'NUL ␀, turned [U+202E]cba'
    """
    return text.translate(_SHOWN)
