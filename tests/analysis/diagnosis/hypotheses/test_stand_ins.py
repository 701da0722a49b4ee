"""A live neighbour entry with the MAC of another machine than holds the address: wrong, or as it
should be?"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_interface

import pytest

from collectors.model.evidence import Evidence, Query, Question, Status
from collectors.model.records import Interface, Neighbour, Packet
from collectors.platforms.linux.knobs import setting_of
from tests.analysis.diagnosis.built_findings import FLOW, Scene
from tests.analysis.diagnosis.hypotheses.test_wrong_entries import RIGHT, WRONG, misled, port_of
from workbench.analysis.case.verdict import Cause, Verdict
from workbench.analysis.diagnosis.facts.neighbours.rightful_stand_ins import virtual

ANSWER = Packet(1.0, "to-other", False, FLOW.reversed(), 60, ttl=64, flags="S.", seq=1)


def accuses(verdict: Verdict) -> bool:
    every = (verdict.best, *verdict.alternatives, *verdict.also)
    return any(one.hypothesis.cause is Cause.STALE_NEIGHBOUR for one in every)


def heard(scene: Scene, mac: str, ttl: int = 64) -> Scene:
    """r1 captured a packet of the server's address with that source MAC."""
    came = replace(ANSWER, source_mac=mac, ttl=ttl)
    query = Query("r1", Question.CAPTURE)
    scene.evidence.append(Evidence(f"heard-{mac}", query, Status.ANSWERED, records=(came,)))
    return scene


@pytest.mark.parametrize("state", ["REACHABLE", "STALE", "DELAY"])
def test_a_live_entry_that_names_another_machine_is_wrong(state: str) -> None:
    best = misled(state).dropped("other", "SYN").verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.STALE_NEIGHBOUR, "other")
    assert best.hypothesis.decided_by == "r1" and best.confidence >= 0.8


def test_who_sends_from_the_address_is_known_by_its_frames() -> None:
    """The server cannot be asked for its interfaces: its own packets tell its MAC."""
    scene = misled("STALE")
    scene.evidence = [
        e
        for e in scene.evidence
        if not (e.device == "server" and e.question is Question.INTERFACES)
    ]
    best = heard(scene, RIGHT).dropped("other", "SYN").verdict().best.hypothesis
    assert best.cause is Cause.STALE_NEIGHBOUR
    assert any(RIGHT in reason.text for reason in best.reasons)


def test_an_address_whose_frames_come_from_that_very_mac_is_there() -> None:
    """A virtual machine on `other`, of which nothing was shown: its entry is right."""
    assert not accuses(heard(misled("REACHABLE"), WRONG).dropped("other", "SYN").verdict())


def test_frames_that_a_router_passed_on_tell_nothing_of_the_sender() -> None:
    assert accuses(heard(misled("REACHABLE"), WRONG, ttl=63).dropped("other", "SYN").verdict())


def test_a_proxy_answers_for_others() -> None:
    scene = misled("REACHABLE").say(
        "other", Question.SETTINGS, setting_of("net.ipv4.conf.eth0.proxy_arp", "1")
    )
    assert not accuses(scene.dropped("other", "SYN").verdict())


def test_a_machine_that_passes_the_packets_on_to_the_holder_is_a_way() -> None:
    """[client] - (r1) - (other) - [server], all on one wire by their masks."""
    scene = misled("REACHABLE")
    scene.way = "client r1 other server"
    assert not accuses(scene.dropped("other", "SYN").verdict())


def test_a_bond_sends_and_answers_by_the_macs_of_its_members() -> None:
    scene = misled("REACHABLE", mac="02:00:00:00:00:0c")
    bond = port_of("bond0", RIGHT, f"{FLOW.dst}/24")
    member = Interface("eth1", 3, "02:00:00:00:00:0c", 1500, True, master="bond0")
    scene.say("server", Question.INTERFACES, bond, member)
    assert not accuses(scene.dropped("other", "SYN").verdict())


VIRTUAL = {
    "VRRP for IPv4": "00:00:5e:00:01:2a",
    "VRRP for IPv6": "00:00:5e:00:02:01",
    "HSRP": "00:00:0c:07:ac:0a",
    "HSRP version 2": "00:00:0c:9f:f0:01",
    "GLBP": "00:07:b4:00:01:01",
    "VARP": "00:1c:73:00:00:99",
}


@pytest.mark.parametrize("protocol", VIRTUAL)
def test_the_mac_of_a_redundancy_protocol_is_nobodys_and_right(protocol: str) -> None:
    assert virtual(VIRTUAL[protocol].upper())
    assert not accuses(misled("REACHABLE", mac=VIRTUAL[protocol]).dropped("other", "SYN").verdict())


def test_an_entry_for_another_link_is_not_the_one_by_which_the_hop_sends() -> None:
    scene = misled("REACHABLE", mac=RIGHT)
    scene.say("r1", Question.NEIGHBOURS, Neighbour(FLOW.dst, "to-elsewhere", WRONG, ("REACHABLE",)))
    assert not accuses(scene.dropped("other", "SYN").verdict())


def test_sites_that_number_alike_are_not_one_link() -> None:
    """The holder in the inventory sits behind another network: its MAC is none that could answer
    here."""
    scene = misled("REACHABLE", mac="02:00:00:00:00:0d")
    far = Interface("eth0", 2, RIGHT, 1500, True, addresses=(ip_interface(f"{FLOW.dst}/32"),))
    scene.say("server", Question.INTERFACES, far)
    assert not accuses(scene.dropped("other", "SYN").verdict())
