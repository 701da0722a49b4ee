"""A listing of routes says nothing of those that nobody asked for: other tables, IP versions,
prefixes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.telling import PastedCase, diagnose_texts
from workbench.analysis.case.verdict import Cause

FLOW = "tcp 10.18.0.20:4000 > 10.91.1.1:443"
CLIENT = """root@cl:~# ip -br a
lo    UNKNOWN  127.0.0.1/8
eth0  UP  10.18.0.20/24
root@cl:~# ip route
default via 10.18.0.1 dev eth0
10.18.0.0/24 dev eth0 proto kernel scope link src 10.18.0.20
"""
SERVER = """root@sv:~# ip -br a
lo    UNKNOWN  127.0.0.1/8
eth0  UP  10.14.1.1/30
lo1   UP  10.91.1.1/32
root@sv:~# ip route
default via 10.14.1.2 dev eth0
10.14.1.0/30 dev eth0 proto kernel scope link src 10.14.1.1
"""
LINKS = """core:~# ip -br a
lo    UNKNOWN  127.0.0.1/8
swp1  UP  10.14.1.2/30
swp9  UP  10.18.0.1/24
"""
ALL = """core:~# ip route
10.14.1.0/30 dev swp1 proto kernel scope link src 10.14.1.2
10.18.0.0/24 dev swp9 proto kernel scope link src 10.18.0.1
10.91.0.0/16 via 10.14.1.1 dev swp1
"""
PICKED = (
    "core:~# ip route show 10.91.0.0/16\n10.91.0.0/16 via 10.14.1.1 dev swp1\n",
    "core:~# ip route list proto static\n10.91.0.0/16 via 10.14.1.1 dev swp1\n",
    "core:~# ip route show table 100\n10.91.0.0/16 via 10.14.1.1 dev swp1\n",
    "core:~# ip r s default\ndefault via 10.14.1.1 dev swp1\n",
    "core:~# ip -6 route\n2001:db8:8::/64 dev swp9 proto kernel metric 256 pref medium\n",
)
NONE = ALL.replace("10.91.0.0/16", "10.92.0.0/16")


def diagnose(core: str, place: Path) -> PastedCase:
    return diagnose_texts(FLOW, {"cl": CLIENT, "sv": SERVER, "core": core}, place)


@pytest.mark.parametrize("picked", PICKED)
def test_a_part_of_the_tables_accuses_nobody(picked: str, tmp_path: Path) -> None:
    found = diagnose(picked + LINKS, tmp_path)
    assert found.cause is Cause.UNKNOWN_BEYOND_VISIBILITY, str(found)
    assert "shows whether the flow works" in found.words


@pytest.mark.parametrize("picked", PICKED)
def test_a_part_after_the_whole_changes_nothing(picked: str, tmp_path: Path) -> None:
    found = diagnose(ALL + picked, tmp_path)
    assert found.cause is Cause.UNKNOWN_BEYOND_VISIBILITY, str(found)
    if "default" not in picked:
        assert found.verdict.changes == () and found.verdict.forward_path == ("cl", "core", "sv")


def test_a_whole_table_without_the_route_does_accuse(tmp_path: Path) -> None:
    found = diagnose(NONE + LINKS, tmp_path)
    assert (found.cause, found.guilty) == (Cause.NO_FORWARD_ROUTE, "core"), str(found)


def test_what_was_picked_for_the_destination_leads_on(tmp_path: Path) -> None:
    found = diagnose_texts(FLOW, {"cl": CLIENT, "core": PICKED[0] + LINKS}, tmp_path)
    assert found.verdict.forward_path[:3] == ("cl", "core", "10.14.1.1"), str(found)
