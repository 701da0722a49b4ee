"""Connection tracking refuses although the rules permit: measured beats modelled, and the reason is
looked for."""

from __future__ import annotations

from dataclasses import replace

from collectors.model.records import Packet
from tests.analysis.diagnosis.built_findings import FLOW, LENIENT, STATEFUL, Scene
from workbench.analysis.case.findings import ConnState, Observation
from workbench.analysis.case.verdict import Cause

WAYS = ("client r1 fw r2 server", "server r2 fw r1 client")


def data(number: int) -> Packet:
    return Packet(
        2.0 + number,
        "eth1",
        False,
        FLOW.reversed(),
        1500,
        flags=".",
        seq=9000,
        payload=1448,
        ip_id=number,
    )


def ack(number: int) -> Packet:
    return Packet(
        1.0 + number,
        "eth0",
        False,
        FLOW,
        52,
        flags=".",
        seq=1001,
        ack=9000 + number,
        ip_id=50 + number,
    )


def refusing(*around: Packet, counted: int = 6, rules: tuple = STATEFUL) -> Scene:  # type: ignore[type-arg]
    """[client] - (r1) - [fw] - (r2) - [server]: data of the server comes in at fw and does not go
    out."""
    scene = Scene(*WAYS, works=False).filters("fw", *rules, counted=counted)
    scene.moved("fw", counted, "invalid", "conntrack")
    lost = tuple(data(number) for number in range(6))
    syn = Packet(0.5, "eth0", False, FLOW, 60, flags="S", seq=1000)
    out = tuple(replace(one, outgoing=True) for one in (syn, *around))
    scene.observations += [
        Observation("r1", False, (syn, *around), out, ("capture",)),
        Observation("fw", False, (syn,), (replace(syn, outgoing=True),), ("capture",)),
        Observation("r2", False, (syn, *around), out, ("capture",)),
        Observation("fw", True, lost, (), ("capture",)),
    ]
    return scene.dropped("fw", "data", reverse=True).attempt(ConnState.STALLED)


def test_a_part_of_one_direction_goes_around_the_firewall() -> None:
    """r1 sends the client's bare acknowledgements to r2 by another link."""
    best = refusing(*(ack(number) for number in range(5))).verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (
        Cause.ASYM_STATEFUL_HALF_PATH,
        "fw",
    )
    assert (best.hypothesis.decided_by, best.hypothesis.direction) == ("r1", "reverse")
    assert "5 ACK packets of the client went from r1 to r2" in best.hypothesis.summary
    assert best.confidence >= 0.8


def test_tracking_that_refuses_is_never_called_a_filter_without_state() -> None:
    best = refusing().verdict().best.hypothesis
    assert (best.cause, best.guilty_node, best.direction) == (
        Cause.TRANSIT_POLICY_DENY,
        "fw",
        "reverse",
    )
    assert "its connection tracking does not accept it" in best.summary
    assert "stateless" not in best.summary


def test_counters_that_stood_still_do_not_accuse_tracking() -> None:
    hypothesis = refusing(counted=0).verdict().best.hypothesis
    assert "connection tracking does not accept" not in hypothesis.summary


def test_a_firewall_that_lets_strangers_pass_is_not_accused_of_tracking() -> None:
    hypothesis = (
        refusing(*(ack(number) for number in range(5)), rules=LENIENT).verdict().best.hypothesis
    )
    assert hypothesis.cause is not Cause.ASYM_STATEFUL_HALF_PATH
