"""How Windows and the BSDs spell what they have a command for; the rest is shown in words."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest

from collectors.model.platform import Platform
from collectors.model.records import NextHop, Route
from collectors.model.remedy import Remedy
from collectors.model.remedy.filters import AnswerEcho
from collectors.model.remedy.routes import SetRoute, StartForwarding
from collectors.model.remedy.sessions import ForgetNeighbour
from collectors.platforms.bsd import BSD
from collectors.platforms.windows import WINDOWS

HERE, THERE = ip_address("10.0.2.10"), ip_address("10.3.0.2")
SIX = ip_address("2001:db8:2::10")
NAME = "eth0;$(id)|x>y'z\"&`"
STANDING = Route(
    ip_network(f"{HERE}/32"), "main", "unicast", (NextHop(None, ip_address("10.3.0.9")),)
)
WRONG = ForgetNeighbour("d", HERE, "em0", "d2", mac="02:00:00:00:00:01", fixed=True)
LOCAL = ip_address("fe80::1")
# platform, remedy -> its commands, its way back; None = shown in words
IN_OTHER_WORDS: list[tuple[Platform, Remedy, tuple[str, str] | None]] = [
    (
        BSD,
        SetRoute("d", HERE, THERE),
        (f"route add -host {HERE} {THERE}", f"route delete -host {HERE} {THERE}"),
    ),
    (
        BSD,
        SetRoute("d", HERE, THERE, standing=STANDING),
        (f"route change -host {HERE} {THERE}", f"route change -host {HERE} 10.3.0.9"),
    ),
    (
        BSD,
        SetRoute("d", SIX, LOCAL, "em0"),
        (
            f"route add -inet6 -host {SIX} fe80::1%em0",
            f"route delete -inet6 -host {SIX} fe80::1%em0",
        ),
    ),
    (BSD, SetRoute("d", HERE, THERE, table="7"), None),
    (BSD, WRONG, (f"arp -d {HERE}", f"arp -s {HERE} 02:00:00:00:00:01")),
    (
        BSD,
        StartForwarding("d", NAME, SIX),
        ("sysctl -w net.inet6.ip6.forwarding=1", "sysctl -w net.inet6.ip6.forwarding=0"),
    ),
    (
        WINDOWS,
        SetRoute("d", HERE, THERE, NAME),
        (
            f"route -p add {HERE} mask 255.255.255.255 {THERE}",
            f"route delete {HERE} mask 255.255.255.255",
        ),
    ),
    (WINDOWS, SetRoute("d", SIX, LOCAL, "em0"), None),
    (WINDOWS, WRONG, (f"arp -d {HERE}", f"arp -s {HERE} 02-00-00-00-00-01")),
    (
        WINDOWS,
        replace(WRONG, mac="no address & calc"),
        (f"arp -d {HERE}", "REM nothing: the entry is asked for anew"),
    ),
    (
        WINDOWS,
        AnswerEcho("d", 4),
        (
            'netsh advfirewall firewall add rule name="bothways IPv4 echo" dir=in action=allow protocol=icmpv4:8,any',
            'netsh advfirewall firewall delete rule name="bothways IPv4 echo"',
        ),
    ),
]


@pytest.mark.parametrize(("platform", "remedy", "lines"), IN_OTHER_WORDS)
def test_hosts_of_other_systems_get_their_own_commands(
    platform: Platform, remedy: Remedy, lines: tuple[str, str] | None
) -> None:
    spelling = platform.spell(remedy)
    assert (spelling and (spelling.commands[0], spelling.rollback[0])) == lines


def test_a_route_that_stands_on_windows_is_replaced_and_put_back() -> None:
    spelling = WINDOWS.spell(SetRoute("d", HERE, THERE, standing=STANDING))
    assert spelling is not None
    delete = f"route delete {HERE} mask 255.255.255.255"
    assert spelling.commands == (delete, f"route -p add {HERE} mask 255.255.255.255 {THERE}")
    assert spelling.rollback == (delete, f"route -p add {HERE} mask 255.255.255.255 10.3.0.9")
