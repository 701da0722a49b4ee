"""What a device's first two answers tell: who we are, and its clock."""

from __future__ import annotations

import pytest

from collectors.session.desk import read_greeting
from collectors.session.link import Raw

CLOCK = Raw(b"1763814000.123456789\n", first_byte=2.0, sent=1.0)


@pytest.mark.parametrize(
    ("said", "root"),
    [(b"0\n", True), (b"1000\n", False), (b"motd of the day", False), (b"", False)],
)
def test_root_is_known_by_its_number(said: bytes, root: bool) -> None:
    assert read_greeting(Raw(said), CLOCK).root is root


def test_the_clock_is_as_sure_as_half_the_round_trip() -> None:
    assert read_greeting(Raw(b"0\n"), CLOCK).uncertainty == 0.5


def test_nonsense_is_no_time() -> None:
    hello = read_greeting(Raw(b"0\n"), Raw(b"soon"))
    assert (hello.offset, hello.uncertainty) == (0.0, 0.0)
