"""Text that devices or people supplied, made fit to be shown: no control bytes, no direction
tricks, no markup."""

from __future__ import annotations

import html
import unicodedata

_WIDE = set("mwMW@%—→⇄✖✔")
_SLIM = set("iljtfrI.,:;|!'()[] ")


def clean(text: object, limit: int = 200) -> str:
    """The text in one line without control, format and surrogate characters, at most `limit`
    long."""
    kept = "".join(
        " " if c in "\n\r\t" else c
        for c in str(text)[: limit * 4]
        if c in "\n\r\t" or _printable(c)
    )
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def _printable(character: str) -> bool:
    return unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def markup(text: str) -> str:
    """The text as it must be written where a browser or plotly reads markup."""
    return html.escape(text, quote=True)


def wide(text: str, size: float, *, bold: bool = False, mono: bool = False) -> float:
    """How many pixels does the text take, about, and rather too many than too few?"""
    if mono:
        return len(text) * size * 0.61
    ems = sum(_ems(letter) for letter in text)
    return ems * size * (1.08 if bold else 1.0)


def _ems(letter: str) -> float:
    if letter in _WIDE:
        return 0.95
    if letter in _SLIM:
        return 0.36
    return 0.74 if letter.isupper() else 0.63


def fit(text: str, width: float, size: float, *, bold: bool = False, mono: bool = False) -> str:
    """The text if it fits into the width, else its beginning and its end around an ellipsis."""
    keep = len(text)
    shown = text
    while keep > 3 and wide(shown, size, bold=bold, mono=mono) > width:
        keep -= 1
        head = (keep + 1) // 2
        shown = text[:head] + "…" + text[len(text) - (keep - head) :]
    return shown


def wrap(
    text: str, width: float, size: float, lines: int = 2, *, mono: bool = False
) -> tuple[str, ...]:
    """The text in at most that many lines, broken at spaces where there are any."""
    rows: list[str] = []
    for word in text.split(" "):
        longer = f"{rows[-1]} {word}" if rows else word
        if rows and wide(longer, size, mono=mono) <= width:
            rows[-1] = longer
        else:
            rows.append(word)
    kept = [*rows[: lines - 1], " ".join(rows[lines - 1 :])] if len(rows) > lines else rows
    return tuple(fit(row, width, size, mono=mono) for row in kept)
