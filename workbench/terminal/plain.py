"""May this text go to a terminal? Devices are not trusted with escape sequences."""

from __future__ import annotations


def plain(text: object, longest: int = 400) -> str:
    """One line without control characters, cut to a bearable length."""
    line = "".join(c if c.isprintable() else " " for c in str(text))
    return line if len(line) <= longest else line[: longest - 3] + "..."
