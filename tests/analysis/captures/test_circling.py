"""One capture in a circle of routers: the same packet comes by again and again, older each time.

[somebody] ...-- (edge) --... : nobody else can be asked
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from collectors.model.evidence import Evidence, Query, Question, Status
from collectors.model.flow import Flow
from collectors.model.inventory import Device, Inventory, Role
from collectors.model.records import Packet
from workbench.analysis.case.case import Case
from workbench.analysis.case.verdict import Cause, Verdict
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.evidence.read import read

FLOW = Flow.parse("udp 10.0.1.10:4000 > 10.0.9.10:514")
FIRST = Packet(1.0, "up", False, FLOW, 128, ttl=61, ip_id=77, payload=100)


def verdict_on(*packets: Packet) -> Verdict:
    item = Evidence(
        "e1", Query("edge", Question.CAPTURE), Status.ANSWERED, records=packets, pasted_by="me"
    )
    return judge(read(Case(FLOW, Inventory((Device("edge", Role.ROUTER),)), (item,))))


def rounds(came: str, out: str, back: str, step: float = 0.001) -> list[Packet]:
    """Comes in by one interface, goes out by another, comes back by a third, and so on."""
    found = [replace(FIRST, interface=came)]
    for number in range(1, 4):
        at, ttl = 1.0 + number * step, 61 - 2 * number
        found.append(replace(FIRST, time=at - step / 2, interface=out, outgoing=True, ttl=ttl + 1))
        found.append(replace(FIRST, time=at, interface=back, ttl=ttl))
    return found


def test_who_sends_a_packet_out_of_the_link_on_which_it_came_turns_it_round() -> None:
    best = verdict_on(*rounds("up", "up", "up")).best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.ROUTING_LOOP, "edge")
    assert best.hypothesis.direction == "forward" and best.confidence >= 0.75


def test_who_gets_it_back_from_another_link_is_not_the_one_who_turns_it_round() -> None:
    best = verdict_on(*rounds("up", "down", "down")).best.hypothesis
    assert (best.cause, best.guilty_node) == (Cause.ROUTING_LOOP, None)
    assert "who is behind its down" in best.summary


@pytest.mark.parametrize(
    "packets",
    [
        [replace(FIRST, time=float(n), ip_id=77 + n) for n in range(4)],  # others like it
        [replace(FIRST, time=float(n)) for n in range(4)],  # as old as before: sent again
        # by ever longer ways, seconds later
        [replace(FIRST, time=float(3 * n), ttl=61 - n) for n in range(4)],
        # a router of the same network hands it on, and gets it once more
        rounds("up", "up", "up")[:3],
    ],
)
def test_what_only_looks_like_a_circle(packets: list[Packet]) -> None:
    verdict = verdict_on(*packets)
    assert Cause.ROUTING_LOOP not in {
        one.hypothesis.cause for one in (verdict.best, *verdict.alternatives)
    }
