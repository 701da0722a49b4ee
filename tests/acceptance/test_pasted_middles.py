"""A device of the middle alone is pasted: it is on the way, and what it tells counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.telling import PastedCase, diagnose_texts
from workbench.analysis.case.verdict import Cause, Direction, Outcome

FLOW = "tcp 192.0.2.20:43122 > 203.0.113.10:443"

BLACKHOLE = """vyos@edge:~$ show ip route 203.0.113.10
Routing entry for 203.0.113.10/32
  Known via "static", distance 1, metric 0, best
  Last update 05:12:44 ago
  * unreachable (blackhole), weight 1
"""
FOUND = """vyos@edge:~$ show ip route 203.0.113.10
Routing entry for 203.0.113.0/24
  Known via "bgp", distance 20, metric 0, best
  Last update 05:12:44 ago
  * 198.51.100.9, via eth2, weight 1
"""
REFUSES = """core# ip route get 203.0.113.10 from 192.0.2.20 iif eth0
RTNETLINK answers: No route to host
core# ip route show match 203.0.113.10
unreachable 203.0.113.0/24 proto static metric 5
"""
SILENT = """gw# ip -br a
eth0 UP 198.51.100.2/30
eth1 UP 203.0.113.1/24
gw# ip route get 203.0.113.10 from 192.0.2.20 iif eth0
203.0.113.10 from 192.0.2.20 dev eth1
    cache iif eth0
gw# ip neigh show dev eth1
203.0.113.10  {0}
203.0.113.20 lladdr 52:54:00:1e:77:20 REACHABLE
"""
R5 = """r5$ ip -br a
eth0 UP 192.0.2.1/24
eth6 UP 198.51.100.5/24
r5$ ip route get 203.0.113.10
203.0.113.10 via 198.51.100.6 dev eth6 src 198.51.100.5 uid 0
    cache
"""
R6 = """r6$ ip -br a
eth5 UP 198.51.100.6/24
eth7 UP 198.51.101.6/24
r6$ ip route get 203.0.113.10
203.0.113.10 via {0} src 198.51.100.6 uid 0
    cache
r6$ ip route
default via 198.51.101.7 dev eth7
192.0.2.0/24 via 198.51.101.7 dev eth7
198.51.100.0/24 dev eth5 proto kernel scope link src 198.51.100.6
198.51.101.0/24 dev eth7 proto kernel scope link src 198.51.101.6
203.0.113.0/24 via {0}
"""
LAPTOP = """me@laptop:~$ ip -br a
wlan0 UP 10.9.9.7/24
me@laptop:~$ ip route
default via 10.9.9.1 dev wlan0
10.9.9.0/24 dev wlan0 proto kernel scope link src 10.9.9.7
me@laptop:~$ ip neigh
10.9.9.1 dev wlan0 FAILED
"""

ENDS = [
    pytest.param(
        {"edge": BLACKHOLE}, Cause.NO_FORWARD_ROUTE, "edge", id="the-routing-daemon's-blackhole"
    ),
    pytest.param({"core": REFUSES}, Cause.NO_FORWARD_ROUTE, "core", id="asked-as-from-the-client"),
    pytest.param(
        {"gw": SILENT.format("FAILED")},
        Cause.HOST_DOWN,
        "203.0.113.10",
        id="the-last-router-asks-in-vain",
    ),
    pytest.param(
        {"r6": R6.format("198.51.100.5 dev eth5"), "r5": R5},
        Cause.ROUTING_LOOP,
        "r6",
        id="two-point-at-each-other",
    ),
]
PASSES = [
    pytest.param({"edge": FOUND}, id="a-good-route"),
    pytest.param(
        {"gw": SILENT.format("lladdr 52:54:00:1e:77:10 REACHABLE")}, id="the-neighbour-answers"
    ),
    pytest.param({"r6": R6.format("198.51.101.7 dev eth7"), "r5": R5}, id="one-after-the-other"),
    pytest.param({"laptop": LAPTOP}, id="a-machine-that-is-nobody's-router"),
]


def diagnose(texts: dict[str, str], place: Path) -> PastedCase:
    return diagnose_texts(FLOW, texts, place)


@pytest.mark.parametrize(("texts", "cause", "guilty"), ENDS)
def test_a_pasted_router_that_ends_the_flow_is_named(
    texts: dict[str, str], cause: Cause, guilty: str, tmp_path: Path
) -> None:
    """[client] -- ? -- (pasted) ..x"""
    case = diagnose(texts, tmp_path)
    assert (case.cause, case.guilty, case.direction) == (cause, guilty, Direction.FORWARD), str(
        case
    )
    assert 0.3 <= case.sure <= 0.75
    assert "it is assumed because output of" in case.words


@pytest.mark.parametrize("texts", PASSES)
def test_a_pasted_router_that_passes_the_flow_is_not_blamed(
    texts: dict[str, str], tmp_path: Path
) -> None:
    case = diagnose(texts, tmp_path)
    assert case.verdict.outcome is Outcome.INCONCLUSIVE, str(case)
    assert case.guilty is None


def test_routers_stand_in_the_order_in_which_they_lead_to_each_other(tmp_path: Path) -> None:
    case = diagnose({"r6": R6.format("198.51.101.7 dev eth7"), "r5": R5}, tmp_path)
    assert case.verdict.forward_path == ("192.0.2.20", "r5", "r6", "198.51.101.7")


def test_a_laptop_is_not_on_the_way(tmp_path: Path) -> None:
    assert "laptop" not in diagnose({"laptop": LAPTOP}, tmp_path).verdict.forward_path


def test_whose_address_it_is_gets_the_packets_in_the_end(tmp_path: Path) -> None:
    """[client] -- ? -- [srv], of which nothing but its addresses is known."""
    case = diagnose({"srv": "srv# ip -br a\neth0 UP 203.0.113.10/24\n"}, tmp_path)
    assert case.verdict.forward_path == ("192.0.2.20", "srv")
