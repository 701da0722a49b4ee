"""What a device really said, made fit to be read: escapes removed and counted, control bytes shown,
size limited."""

from __future__ import annotations

import re
from dataclasses import dataclass

SHOWN_BYTES = 200_000
SHOWN_LINES = 1500
# ESC [ 31 m | ESC ] 0 ; title BEL | ESC ( B
_ANSI = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_]|[ -/]+[0-~])"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_PCAP = (
    b"\xd4\xc3\xb2\xa1",
    b"\xa1\xb2\xc3\xd4",
    b"\x4d\x3c\xb2\xa1",
    b"\xa1\xb2\x3c\x4d",
    b"\x0a\x0d\x0d\x0a",
)


@dataclass(frozen=True, slots=True)
class Shown:
    """An output as the page shows it."""

    text: str
    size: int
    cut: bool  # more than is shown
    escapes: int  # terminal sequences that were taken out
    binary: bool = False


def show(raw: bytes) -> Shown:
    """The output for reading; the download keeps the bytes as they came."""
    if raw[:4] in _PCAP or (len(raw) > 64 and raw[:2000].count(0) * 10 > len(raw[:2000])):
        return Shown("", len(raw), False, 0, binary=True)
    text = raw[:SHOWN_BYTES].decode("utf-8", "backslashreplace").replace("\r\n", "\n")
    plain, escapes = _ANSI.subn("", text)
    lines = plain.split("\n")
    kept = "\n".join(lines[:SHOWN_LINES])
    return Shown(
        visible(kept), len(raw), len(raw) > SHOWN_BYTES or len(lines) > SHOWN_LINES, escapes
    )


def visible(text: str) -> str:
    """Text without terminal sequences, its control bytes as pictures."""
    return _CONTROL.sub(_picture, _ANSI.sub("", text))


def _picture(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"⟨U+{code:04X}⟩"
