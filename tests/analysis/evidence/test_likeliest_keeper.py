"""Of several devices that cannot be watched, which one is named?"""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.platforms.linux.counter_meanings import counted
from tests.analysis.diagnosis.built_findings import Scene
from workbench.analysis.case.findings import ConnState
from workbench.analysis.case.verdict import Cause
from workbench.analysis.evidence.counter_deltas import forward_drops

OVER_6 = Flow.parse("tcp [2001:db8:1::10]:4000 > [2001:db8:9::10]:443")
SIX = {"Ip6OutForwDatagrams": 9, "Ip6OutTransmits": 20, "Ip6OutRequests": 11}  # all 9 went on
KEPT = SIX | {"Ip6OutTransmits": 12}  # 8 of them did not


def between_two(counters: dict[str, int] | None) -> Scene:
    """client - r1 - (fd00::9) - server: r1 may read its counters and little else, nobody gets into
    the other."""
    way, back = "client r1 fd00::9 server", "server fd00::9 r1 client"
    scene = Scene(way, back, works=False, outside=("fd00::9",), flow=OVER_6)
    scene.at("fd00::9", address=ip_address("fd00::9")).say("r1", Question.ROUTES)
    for sample, times in (("before", 1), ("after", 2)) if counters else ():
        rising = (counted("kernel", name, times * rise) for name, rise in (counters or {}).items())
        scene.say("r1", Question.COUNTERS, *rising, sample=sample)
    scene.saw("client", False, went_out=3).saw("server", False)
    return scene.attempt(ConnState.NO_ANSWER)


@pytest.mark.parametrize(("counters", "named"), [(None, "fd00::9"), (SIX, "fd00::9"), (KEPT, "r1")])
def test_counters_of_ipv6_accuse_or_clear_a_device_that_may_not_capture(
    counters: dict[str, int] | None, named: str
) -> None:
    scene = between_two(counters)
    best = scene.verdict().best.hypothesis
    assert (best.cause, best.guilty_node) == (Cause.UNKNOWN_BEYOND_VISIBILITY, named)


def test_what_was_taken_to_forward_and_never_sent_is_counted_for_each_ip_version() -> None:
    case = between_two(KEPT).findings().case
    kept = forward_drops(case, "r1", 6)
    assert kept is not None and kept.amount == 8
    assert forward_drops(case, "r1", 4) is None, "its counters of IPv4 say nothing of IPv6"
