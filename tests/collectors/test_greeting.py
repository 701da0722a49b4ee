"""What a device's first two answers tell: rights, clock, and how patient to be with its sudo."""

from __future__ import annotations

from collectors.session.desk import read_greeting
from collectors.session.link import Raw

CLOCK = Raw(b"1763814000.123456789\n", first_byte=2.0, sent=1.0)


def test_root_is_known_by_its_number() -> None:
    hello = read_greeting(Raw(b"0\nprivilege 0\n"), CLOCK)
    assert hello.root and not hello.sudo


def test_a_quick_sudo_needs_no_patience() -> None:
    hello = read_greeting(Raw(b"1000\nprivilege 0\n"), CLOCK, took=0.2)
    assert hello.sudo and hello.patience == 0.0


def test_a_sudo_that_looks_up_its_own_host_name_first_is_given_the_time() -> None:
    assert read_greeting(Raw(b"1000\nprivilege 0\n"), CLOCK, took=10.0).patience == 20.0


def test_nonsense_is_no_right() -> None:
    assert not read_greeting(Raw(b"motd of the day"), CLOCK).sudo
