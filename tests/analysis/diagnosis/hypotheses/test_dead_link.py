"""What a device was seen to send, and the next one never got: the link is suspect, no filter of the
device."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface

import pytest

from collectors.model.evidence import Question
from collectors.model.records import Interface, Neighbour
from tests.analysis.diagnosis.built_findings import Scene, port, rule
from workbench.analysis.case.drop import Drop
from workbench.analysis.case.findings import ConnState
from workbench.analysis.case.verdict import Cause, Verdict

R1, R2 = "02:00:00:77:00:01", "02:00:00:77:00:02"
LINK = ip_address("10.0.9.1")
WORDS = "2 SYN-ACK packets left r2 on to-r1 and never reached r1"


def dead(mac: str | None = R1, link: str = "to-r1", rules: bool = True) -> Scene:
    """[client] - (r1) x== (r2) - [server]: what r2 sends back leaves it, and r1 never gets it."""
    scene = Scene("client r1 r2 server", "server r2 r1 client", works=False)
    near = Interface("from-r2", 2, R1, 1500, True, addresses=(ip_interface(f"{LINK}/30"),))
    scene.say("r1", Question.INTERFACES, near)
    scene.say(
        "r2",
        Question.INTERFACES,
        Interface(link, 2, R2, 1500, True, addresses=(ip_interface("10.0.9.2/30"),)),
    )
    scene.at("r2", reverse=True, next_hop=LINK, oif=link)
    if mac is not None:
        scene.say("r2", Question.NEIGHBOURS, Neighbour(LINK, link, mac, ("PERMANENT",)))
    if rules:
        scene.filters("r2").filters("r1")
    scene.saw("r1", False, 2, 2).saw("r2", False, 2, 2).saw("r2", True, 2, 2).saw("r1", True)
    scene.drops.append(Drop("r2", link, "SYN-ACK", WORDS, True, ("capture",), "r1"))
    return scene.attempt(ConnState.NO_ANSWER)


def causes(verdict: Verdict) -> list[Cause]:
    return [one.hypothesis.cause for one in (verdict.best, *verdict.alternatives)]


def test_a_link_that_carries_nothing_in_one_direction() -> None:
    verdict = dead().verdict()
    hypothesis = verdict.best.hypothesis
    assert (hypothesis.cause, hypothesis.guilty_node, hypothesis.direction) == (
        Cause.PACKET_LOSS,
        "r2",
        "reverse",
    )
    assert 0.5 < verdict.best.confidence <= 0.75
    assert verdict.drop is not None and verdict.drop.where == WORDS
    assert [fix.fix_class for fix in hypothesis.fixes] == ["fix_link"]


def test_errors_at_the_far_end_of_the_link_make_it_sure() -> None:
    scene = dead().moved("r1", 5, "rx_crc_errors", scope="interface from-r2")
    assert scene.verdict().best.confidence > 0.75


def test_a_hardware_address_that_nobody_tells_of_leaves_open_where_it_goes() -> None:
    verdict = dead(mac=None).verdict()
    hypothesis = verdict.best.hypothesis
    assert (hypothesis.cause, hypothesis.guilty_node, hypothesis.direction) == (
        Cause.UNKNOWN_BEYOND_VISIBILITY,
        "r2",
        "reverse",
    )
    assert verdict.best.confidence <= 0.75
    assert WORDS in hypothesis.summary


@pytest.mark.parametrize("rules", [True, False])
@pytest.mark.parametrize("mac", [R1, None])
def test_what_left_a_device_was_not_dropped_by_its_filter(mac: str | None, rules: bool) -> None:
    assert Cause.ACL_PATH not in causes(dead(mac, rules=rules).verdict())


def test_a_rule_that_would_drop_what_was_seen_to_leave_is_doubted() -> None:
    scene = dead()
    scene.filters("r2", rule("drop", port(40000)))
    verdict = scene.verdict()
    assert (verdict.best.hypothesis.cause, verdict.best.confidence <= 0.75) != (
        Cause.ACL_PATH,
        False,
    )


def test_a_bridge_may_still_drop_what_its_capture_saw_leave() -> None:
    scene = dead()
    ports = (
        Interface("br0", 2, R2, 1500, True),
        Interface("p1", 3, None, 1500, True, master="br0"),
    )
    scene.say("r2", Question.INTERFACES, *ports)
    scene.drops[:] = [Drop("r2", "br0", "SYN-ACK", WORDS, True, ("capture",), "r1")]
    assert Cause.PACKET_LOSS not in causes(scene.verdict())
