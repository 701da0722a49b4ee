"""tcpdump counts sequence numbers from each connection's beginning: the parser gives those of the
wire."""

from __future__ import annotations

import pytest

from collectors.model.records import Packet
from collectors.platforms.linux.capture_text import read

A, B = "192.0.2.7.40001", "198.51.100.7.22"
OPENS = (
    f"09:00:00.000000 IP {A} > {B}: Flags [S], seq 5000, win 64240, length 0",
    f"09:00:00.010000 IP {B} > {A}: Flags [S.], seq 9000, ack 5001, win 65160, length 0",
)
COUNTED = (
    f"09:00:00.010100 IP {A} > {B}: Flags [.], ack 1, win 502, length 0",
    f"09:00:00.011000 IP {A} > {B}: Flags [P.], seq 1:22, ack 1, win 502, length 21",
    f"09:00:00.020000 IP {B} > {A}: Flags [P.], seq 1:101, ack 22, win 502, length 100",
)
WHOLE = (
    f"09:00:00.010100 IP {A} > {B}: Flags [.], ack 9001, win 502, length 0",
    f"09:00:00.011000 IP {A} > {B}: Flags [P.], seq 5001:5022, ack 9001, win 502, length 21",
    f"09:00:00.020000 IP {B} > {A}: Flags [P.], seq 9001:9101, ack 5022, win 502, length 100",
)
NUMBERS = [(5000, None), (9000, 5001), (None, 9001), (5001, 9001), (9001, 5022)]


def numbers(*lines: str) -> list[tuple[int | None, int | None]]:
    return [(one.seq, one.ack) for one in read("\n".join(lines)).records if isinstance(one, Packet)]


@pytest.mark.parametrize("rest", [COUNTED, WHOLE], ids=["counted", "tcpdump -S"])
def test_both_ways_of_printing_say_the_same(rest: tuple[str, ...]) -> None:
    assert numbers(*OPENS, *rest) == NUMBERS


def test_a_connection_from_before_the_capture_is_counted_from_its_first_packet() -> None:
    """tcpdump prints the first packet whole, and counts from it in both directions."""
    first = (
        f"09:00:00.0 IP {A} > {B}: Flags [P.], seq 700000:700100, ack 800000, win 502, length 100"
    )
    later = f"09:00:01.0 IP {B} > {A}: Flags [P.], seq 1:51, ack 100, win 502, length 50"
    assert numbers(first, later) == [(700000, 800000), (800000, 700100)]


def test_numbers_begin_again_after_the_largest() -> None:
    opens = (OPENS[0].replace("5000", str((1 << 32) - 1)), OPENS[1].replace("5001", "0"))
    assert numbers(*opens, *COUNTED)[3:] == [(0, 9001), (9001, 21)]


def test_a_reset_without_acknowledgement_is_printed_whole() -> None:
    reset = f"09:00:01.0 IP {A} > {B}: Flags [R], seq 5022, win 0, length 0"
    assert numbers(*OPENS, *COUNTED, reset)[-1] == (5022, None)
