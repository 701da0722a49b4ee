"""What a device said, made fit to be read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.web.presenters.raw import SHOWN_BYTES, SHOWN_LINES, show


def test_terminal_sequences_are_taken_out_and_counted() -> None:
    shown = show(b"\x1b[1;31mred\x1b[0m \x1b]0;title\x07plain")
    assert (shown.text, shown.escapes) == ("red plain", 3)


def test_control_and_direction_characters_are_shown() -> None:
    assert show("a\x00b\x7fc\u202ed".encode()).text == "a␀b␡c⟨U+202E⟩d"


def test_a_capture_is_binary() -> None:
    assert show(b"\xd4\xc3\xb2\xa1\x02\x00").binary


def test_fifty_megabytes_are_cut() -> None:
    shown = show(b"x" * 50_000_000)
    assert shown.cut
    assert len(shown.text) == SHOWN_BYTES
    assert show(b"\n" * (SHOWN_LINES + 5)).cut


@given(st.binary(max_size=300))
def test_any_bytes_can_be_shown(raw: bytes) -> None:
    text = show(raw).text
    assert "\x1b" not in text
    assert "\x00" not in text
