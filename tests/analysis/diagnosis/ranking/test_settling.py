"""What would settle a hypothesis is reported together with what came of asking it."""

from __future__ import annotations

from dataclasses import replace

from collectors.model.evidence import Question
from collectors.model.inventory import Login
from collectors.model.records import Neighbour
from tests.analysis.diagnosis.built_findings import FLOW, Scene, listener, port, rule
from workbench.analysis.case.findings import ConnState
from workbench.analysis.case.verdict import Cause
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.diagnosis.ranking.settling import _CALLED, SOUGHT

STRAIGHT = ("client r1 fw-a server", "server fw-a r1 client")


def test_every_cause_has_something_that_would_settle_it() -> None:
    assert set(SOUGHT) == set(Cause)
    asked = {question for parts in SOUGHT.values() for _, some in parts for question in some}
    assert asked <= set(_CALLED), "each question has words for it in _CALLED"


def test_what_was_answered_is_told_with_what_it_speaks_for() -> None:
    scene = (
        Scene(*STRAIGHT, works=False)
        .filters("fw-a", rule("drop", port(443)), counted=3)
        .dropped("fw-a", "SYN")
    )
    best = scene.refuse("fw-a", Question.LOGS).verdict().best
    assert best.settled.startswith(
        "Asked and answered: the filter rules of fw-a; it speaks for this."
    )
    assert "Asked without success: the log of fw-a (sudo refused)." in best.settled
    assert best.settled.endswith("Not asked: a capture of fw-a (it has no login).")


def test_what_nobody_asked_is_told_as_such() -> None:
    scene = Scene(*STRAIGHT, works=False).say("server", Question.LISTENERS, listener(number=22))
    best = scene.attempt(ConnState.REFUSED).verdict().best
    assert (
        "Not asked: the kernel's counters of server and an attempt of client (it has no login)."
        in best.settled
    )


def test_why_nobody_attempted_it_is_told() -> None:
    """The client's own attempts were seen: one of ours from the same port would disturb them."""
    scene = Scene(*STRAIGHT, works=False).say("server", Question.LISTENERS, listener(number=22))
    found = scene.attempt(ConnState.REFUSED).findings()
    devices = tuple(
        replace(one, login=Login(host="192.0.2.9")) for one in found.case.inventory.devices
    )
    case = replace(found.case, inventory=replace(found.case.inventory, devices=devices))
    settled = judge(replace(found, case=case, attempts_seen=True)).best.settled
    assert "an attempt of client (the client was seen to try by itself)" in settled
    begun = judge(replace(found, case=case, attempts_seen=False)).best.settled
    assert "an attempt of client (the run had not got that far)" in begun, "nobody was watched yet"


def test_of_what_was_pasted_nothing_more_is_asked() -> None:
    scene = Scene(*STRAIGHT, works=False).say("server", Question.LISTENERS, listener(number=22))
    scene.evidence = [replace(item, pasted_by="somebody") for item in scene.evidence]
    best = scene.attempt(ConnState.REFUSED).verdict().best
    assert "the kernel's counters of server (only what was pasted of it is known)" in best.settled


def test_alternatives_say_it_too() -> None:
    scene = Scene(*STRAIGHT, works=False).silent("server").at("fw-a", next_hop=FLOW.dst)
    scene.say("fw-a", Question.NEIGHBOURS, Neighbour(FLOW.dst, "to-server", None, ("FAILED",)))
    verdict = scene.attempt(ConnState.NO_ANSWER).verdict().as_dict()
    assert "the neighbour table of fw-a; it speaks for this" in verdict["settled"]
    assert verdict["alternatives"] and all(other["settled"] for other in verdict["alternatives"])
