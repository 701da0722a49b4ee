"""Two machines of a pair tell of their interfaces, in pieces: do both hold the gateway's
address?"""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.telling import PastedCase, diagnose_texts
from workbench.analysis.case.verdict import Cause

FLOW = "tcp 10.41.0.77:45120 > 192.0.2.25:5432"
LINKS = """root@gw{n}:~# ip -br link show eth1
eth1             UP             52:54:00:41:00:0{n} <BROADCAST,MULTICAST,UP,LOWER_UP>
"""
ADDRESSES = """root@gw{n}:~# ip -4 -o addr
1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
2: eth0    inet 198.51.100.1{n}/29 brd 198.51.100.23 scope global eth0\\       valid_lft forever preferred_lft forever
3: eth1    inet 10.41.0.{n}/24 brd 10.41.0.255 scope global eth1\\       valid_lft forever preferred_lft forever
"""
VIP = (
    "3: eth1    inet 10.41.0.254/32 scope global eth1\\       valid_lft forever preferred_lft"
    " forever\n"
)
CLIENT = """[root@db ~]# ip route get 192.0.2.25
192.0.2.25 via 10.41.0.254 dev ens3 src 10.41.0.77 uid 0
    cache
[root@db ~]# ip n
10.41.0.254 dev ens3 lladdr 52:54:00:41:00:02 REACHABLE
"""


def pair(place: Path, *vips: int, links: str = LINKS) -> PastedCase:
    text = {
        f"gw{n}": ADDRESSES.format(n=n) + (VIP if n in vips else "") + links.format(n=n)
        for n in (1, 2)
    }
    return diagnose_texts(FLOW, {**text, "db": CLIENT}, place)


def test_both_hold_it(tmp_path: Path) -> None:
    case = pair(tmp_path, 1, 2)
    assert case.cause is Cause.DUPLICATE_GATEWAY and case.guilty == "gw2", str(case)
    assert "lacks" not in case.words and "does not let them pass" not in case.words


def test_one_holds_it_and_a_list_of_links_takes_it_from_nobody(tmp_path: Path) -> None:
    case = pair(tmp_path, 2)
    assert case.cause is Cause.UNKNOWN_BEYOND_VISIBILITY, str(case)


def test_the_other_one_holds_it(tmp_path: Path) -> None:
    case = pair(tmp_path, 1)
    assert (case.cause, case.decided_by) == (Cause.STALE_NEIGHBOUR, "db"), str(case)


def test_a_pair_with_one_hardware_address_shares_it_on_purpose(tmp_path: Path) -> None:
    case = pair(tmp_path, 1, 2, links=LINKS.replace("41:00:0{n}", "41:00:02"))
    assert case.cause is not Cause.DUPLICATE_GATEWAY, str(case)
