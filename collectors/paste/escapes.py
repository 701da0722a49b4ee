"""Pasted text without what a terminal makes of it: colours, titles, carriage returns."""

from __future__ import annotations

import re

_ESCAPES = re.compile(
    r"\x1b\][^\x07\x1b\n]{0,400}(?:\x07|\x1b\\)"  # titles: ESC ] 0 ; ops@fw: ~ BEL
    r"|\x1b\[[0-9;?<=>]{0,40}[ -/]{0,4}[@-~]"  # colours, cursor: ESC [ 01 ; 32 m, ESC [ ? 2004 h
    r"|\x1b[()*+][0-9A-Za-z]|\x1b[=>78cDEHMNOZ]"  # character sets, keypad modes
)
_BACKSPACE = re.compile(r"[^\b\n]\x08")
_INVISIBLE = re.compile(r"[\u200b-\u200d\u2060\ufeff\x00\x07\x0e\x0f]")


def without_escapes(text: str) -> str:
    """What a person saw: no escape sequences, no typed-over letters, plain blanks and line ends."""
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    return _INVISIBLE.sub("", _typed_over(text))


def _typed_over(text: str) -> str:
    for _ in range(4):  # `man` prints bold as X BACKSPACE X
        if "\b" not in text:
            return text
        text = _BACKSPACE.sub("", text)
    return text.replace("\b", "")
