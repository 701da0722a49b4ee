"""What a device's first two answers tell: who we are, and its clock."""

from __future__ import annotations

import pytest

from collectors.platforms.linux.login import LOGIN
from collectors.session.device_session import read_clock, read_rights
from collectors.session.link import Raw

RIGHTS, CLOCK = LOGIN.rights, LOGIN.clock
assert RIGHTS and CLOCK


@pytest.mark.parametrize(
    ("said", "root"),
    [(b"0\n", True), (b"1000\n", False), (b"motd of the day", False), (b"", False)],
)
def test_root_is_known_by_its_number(said: bytes, root: bool) -> None:
    assert read_rights(RIGHTS, Raw(said)) is root


@pytest.mark.parametrize(
    ("said", "uncertainty"),
    [(b"1763814000.123456789\n", 0.5), (b"1763814000.%N\n", 1.0)],
    ids=["half the round trip", "and half a second where the clock tells whole ones"],
)
def test_how_sure_the_clock_is(said: bytes, uncertainty: float) -> None:
    assert read_clock(CLOCK, Raw(said, first_byte=2.0, sent=1.0))[1] == uncertainty


def test_nonsense_is_no_time() -> None:
    assert read_clock(CLOCK, Raw(b"soon")) == (0.0, 0.0)
