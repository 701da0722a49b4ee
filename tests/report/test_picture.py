"""Findings become a picture that survives JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

import pytest

from collectors.model.inventory import Inventory
from tests.web import story
from workbench.analysis.case.drop import Drop, LastSeen
from workbench.analysis.case.findings import Disposition
from workbench.analysis.case.packet_kinds import PacketKind
from workbench.analysis.case.verdict import Cause, Ranked
from workbench.report.figures.path_figure import path_scene
from workbench.report.picture.picture import describe, load


def test_what_is_described_can_be_stored_and_drawn_again() -> None:
    described = describe(story.findings(), story.verdict())
    assert json.loads(json.dumps(described)) == described
    assert (
        load(described).reverse.hops[2].drop == "SYN-ACK: forward chain, rule ct state invalid drop"
    )


def test_hops_beyond_the_drop_are_expected_only() -> None:
    described = load(describe(story.findings(), story.verdict()))
    assert [hop.reached for hop in described.reverse.hops] == [True, True, True, False, False]
    assert described.forward.hops and all(hop.reached for hop in described.forward.hops)
    assert (described.forward.ok, described.reverse.ok) == (True, False)


def test_a_walk_under_way_is_not_complete() -> None:
    described = load(describe(story.findings(2, seen=False)))
    assert not described.forward.complete
    assert described.forward.hops[0].end
    assert not described.forward.hops[1].end


def test_fields_of_another_version_are_left_out() -> None:
    described = describe(story.findings())
    described["forward"]["hops"][0]["from the future"] = 1
    del described["divergent"]
    assert load(described).divergent is False


def test_a_blamed_device_off_the_broken_direction_is_marked_where_it_is() -> None:
    """A balancer that the replies bypass is on the forward path only."""
    blame = replace(story.verdict().best.hypothesis, guilty_node="fw-a")
    verdict = replace(story.verdict(), best=Ranked(blame, 0.9), drop=None)
    found = replace(story.findings(), drop=None, drops=(), flow_works=False)
    described = load(describe(found, verdict))
    assert [hop.name for hop in described.forward.hops if hop.suspect] == ["fw-a"]


def test_the_server_is_the_one_beyond_the_balancer() -> None:
    real = story.FLOW.translated(dst=ip_address("10.9.0.99"), dport=8443)
    forward = replace(
        story.findings().forward,
        hops=(*story.FORWARD[:4], replace(story.FORWARD[4], flow_out=real)),
    )
    described = load(describe(replace(story.findings(), forward=forward)))
    assert described.server.endpoint == "10.9.0.99:8443 (as 10.9.0.20:5432)"


def test_replies_that_arrive_and_do_not_help_are_no_success() -> None:
    observations = tuple(
        (
            replace(s, came_in=(story.packet(0, True, "S.", False),))
            if (s.device, s.reverse) == ("app01", True)
            else s
        )
        for s in story.findings().observations
    )
    found = replace(
        story.findings(), drop=None, drops=(), flow_works=False, observations=observations
    )
    described = load(describe(found, replace(story.verdict(), drop=None)))
    assert described.reverse.outcome == "replies arrive, yet the flow fails"


@pytest.mark.parametrize(
    ("seen", "outcome"),
    [
        (LastSeen.COMING_IN, "SYN-ACK lost at fw-b"),
        (LastSeen.LEAVING, "SYN-ACK lost after fw-b"),
        (LastSeen.ARRIVED, "SYN-ACK not answered by fw-b"),
    ],
)
def test_where_a_packet_was_last_seen_is_drawn(seen: LastSeen, outcome: str) -> None:
    found = story.findings()
    assert found.drop is not None
    drop = replace(found.drop, last_seen=seen, where="nothing is read from these words")
    verdict = replace(story.verdict(), drop=drop)
    described = load(describe(replace(found, drop=drop, drops=(drop,)), verdict))
    hop = next(hop for hop in described.reverse.hops if hop.name == "fw-b")
    assert (described.reverse.outcome, hop.lost_after) == (outcome, seen is LastSeen.LEAVING)


@pytest.mark.parametrize(
    ("name", "words", "left"),
    [
        ("fw-b", "6 ACK packets passed fw-b and never came to app01", True),
        ("r1", "1 SYN packet left r1 on eth1 and never reached r2", True),
        ("10.0.2.1", "2 SYN packets left r1 on eth1 and never reached r3", False),
        ("fw-b", "2 SYN-ACK packets came in on eth1 and did not go out", False),
    ],
)
def test_pictures_of_the_first_version_tell_it_in_words_only(
    name: str, words: str, left: bool
) -> None:
    stored = describe(story.findings(), story.verdict())
    old = {key: value for key, value in stored["reverse"]["hops"][0].items() if key != "lost_after"}
    stored["reverse"]["hops"] = [old | {"name": name, "drop": words}]
    assert load(stored).reverse.hops[0].lost_after is left


def test_what_one_end_showed_is_not_drawn_as_seen_at_both() -> None:
    """Only the client was watched, and the way beyond it is not known: no tick, and no counts at
    the server."""
    whole = story.findings()
    seen = tuple(s for s in whole.observations if s.device == "app01")
    alone = Inventory(tuple(d for d in story.INVENTORY.devices if d.name == "app01"))
    ways = [
        replace(
            path,
            hops=tuple(h for h in path.hops if h.device == "app01"),
            disposition=Disposition.INVISIBLE,
        )
        for path in (whole.forward, whole.reverse)
    ]
    found = replace(
        whole, case=replace(whole.case, inventory=alone), forward=ways[0], reverse=ways[1], drop=None, drops=(),
        flow_works=True, observations=seen,
    )  # fmt: skip
    described = load(describe(found))
    assert (described.forward.ok, described.forward.outcome) == (None, "no failure was seen")
    assert not described.forward.complete
    assert described.reverse.hops and not any(hop.end for hop in described.reverse.hops), (
        "the server's own hop is not known"
    )


def test_a_way_that_loses_some_packets_is_not_well_and_goes_on() -> None:
    lost = Drop(
        "r3",
        "eth0",
        PacketKind.DATA,
        "52 of 456 packets were lost between r3 (eth0) and fw-b",
        True,
        (),
        "fw-b",
        brief="52 of 456 packets were lost between r3 and fw-b",
    )
    loss = replace(story.verdict().best.hypothesis, cause=Cause.PACKET_LOSS, guilty_node="r3")
    verdict = replace(story.verdict(), best=Ranked(loss, 0.9), drop=lost)
    described = load(
        describe(replace(story.findings(), drop=None, drops=(), flow_works=True), verdict)
    ).reverse
    assert (described.ok, described.outcome) == (False, "some are lost after r3")
    assert [(hop.name, hop.loses) for hop in described.hops if hop.loses] == [("r3", lost.brief)]
    assert all(hop.reached for hop in described.hops)


def unrouted() -> dict[str, Any]:
    """app01 knows r1 only, and r1 has no route to go on."""
    whole = story.findings()
    forward = replace(whole.forward, hops=whole.forward.hops[:2], disposition=Disposition.NO_ROUTE)
    return describe(replace(whole, forward=forward, drop=None, drops=(), observations=()))


def test_how_a_path_ends_comes_back_from_the_stored_picture() -> None:
    stored = unrouted()
    assert load(stored).forward.disposition == "no route"
    first_version = dict(stored["forward"])
    first_version["fate"] = first_version.pop("disposition")
    assert load(stored | {"forward": first_version}).forward.disposition == "no route"


def test_how_a_path_ends_stands_beside_its_line() -> None:
    scene = path_scene(unrouted(), "dark", 1232)
    assert any(run.text == "no route" for text in scene.texts for run in text.runs)


def stopped(*, reverse: bool, packet: str) -> Drop:
    return Drop("fw-b", "wan0", packet, "came in and did not go out", reverse)


def crosses(picture: dict[str, Any]) -> set[tuple[str, str]]:
    """The places where a packet dies, each with the direction."""
    drawn = load(picture)
    sides = (("forward", drawn.forward), ("reverse", drawn.reverse))
    return {(way, hop.name) for way, side in sides for hop in side.hops if hop.drop is not None}


def test_the_drop_of_the_verdict_is_drawn_whatever_else_was_lost() -> None:
    """The client's reset, which comes last, is lost as well: the replies began all the same."""
    data, reset = stopped(reverse=True, packet="data"), stopped(reverse=False, packet="RST")
    reset = replace(reset, node="fw-a")
    found = replace(story.findings(), drop=data, drops=(data, reset))
    verdict = replace(story.verdict(), drop=data)
    assert crosses(describe(found, verdict)) == {("forward", "fw-a"), ("reverse", "fw-b")}


def test_the_verdict_may_name_a_drop_that_the_findings_do_not_hold() -> None:
    """Only one place was watched: the packet was last seen leaving it."""
    left = replace(stopped(reverse=False, packet="data"), node="app01", last_seen=LastSeen.LEAVING)
    found = replace(story.findings(), drop=None, drops=())
    verdict = replace(story.verdict(), drop=left)
    assert crosses(describe(found, verdict)) == {("forward", "app01")}


def test_replies_that_were_seen_are_drawn_beyond_a_lost_request() -> None:
    """Large packets are lost on the way out, the handshake passed."""
    lost = replace(stopped(reverse=False, packet="data"), node="fw-a")
    found = replace(story.findings(), drop=lost, drops=(lost,))
    described = load(describe(found, replace(story.verdict(), drop=lost)))
    assert (described.reverse.outcome, described.reverse.hops[0].reached) != ("never begins", False)
    silent = tuple(replace(one, came_in=(), went_out=()) for one in found.observations)
    described = load(describe(replace(found, observations=silent)))
    assert (described.reverse.outcome, described.reverse.hops[0].reached) == ("never begins", False)
