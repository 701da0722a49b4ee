"""May this text go to a terminal? Devices are not trusted with escape sequences."""

from __future__ import annotations


def plain(text: object, longest: int = 400) -> str:
    """One line without control characters, cut to a bearable length."""
    line = "".join(letter if letter.isprintable() else " " for letter in str(text))
    if len(line) <= longest:
        return line
    return line[: longest - 3] + "..."
