"""When is a flow called healthy, and how sure? What a careless reader would call so, and what truly
is."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import pytest

from collectors.model.evidence import Evidence, Query, Question, Status
from collectors.model.records import LogLine, Packet, ProbeResult, Route
from tests.analysis.handshake import ACK, SYN, came, went
from tests.analysis.topology import Net, packet
from tests.analysis.trace.test_walk import FLOW, line
from tests.analysis.watched import ASKED, CLOSED, DONE, MADE, Watched, back, judged, surely, there
from workbench.analysis.case.findings import Attempt, ConnState
from workbench.analysis.case.verdict import HEALTHY, Cause, Outcome, Verdict
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.working.proof import proof
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.evidence.read import read

# --- what is healthy ---

LOST = there(2.0)
WELL = {
    "a whole exchange": CLOSED,
    "a connection that stays open after its exchange": DONE,
    "keep-alives on a connection that was used": (
        *DONE,
        there(5.0, 1100, 7201, ".", 0),
        back(5.1, 7201, 1101, ".", 0),
        there(9.0, 1100, 7201, ".", 0),
        back(9.1, 7201, 1101, ".", 0),
    ),
    "an impatient client that ends by a RST": (*DONE, there(2.0, 1101, 7201, "R.", 0)),
    "a client that resets after the server's FIN": (
        *DONE,
        back(2.0, 7201, 1101, "F.", 0),
        there(2.1, 1101, 7202, "R", 0),
    ),
    "data once lost and sent again": (
        *DONE,
        LOST,
        there(2.3),
        back(2.4, 7201, 1201, ".", 0),
        there(9.0, 1201),
    ),
    "a server that ends by a RST after its answer": (*DONE, back(2.0, 7201, 1101, "R.", 0)),
    "close_notify after the server's FIN": (
        *DONE,
        back(2.0, 7201, 1101, "F.", 0),
        there(2.1, 1101, 7202, "P.", 31),
        back(2.2, 7202, 1101, "R", 0),
    ),
}


@pytest.mark.parametrize("name", WELL)
def test_what_is_healthy(name: str) -> None:
    assert surely(judged(*WELL[name], unheard=(LOST,)))


def test_a_question_that_waits_for_its_answer_proves_nothing_yet() -> None:
    """Long polling, or an application that hangs: the network carried the question, and nobody
    knows of the answer."""
    verdict = judged(*ASKED, there(9.0, 1100, 7001, ".", 0), back(9.1, 7001, 1101, ".", 0))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.best.confidence == 0.5
    assert "the application's own log" in (verdict.best.hypothesis.would_settle or "")


# --- what is not ---

ACK_AGAIN = there(2.3, 1001, 7001, ".", 0)
FAILS = {
    "the SYN-ACK comes again after the ACK": Watched(
        (*MADE, back(2.2, 7000, 1001, "S.", 0), ACK_AGAIN), unheard=(ACK, ACK_AGAIN)
    ),
    "data that is sent again and never acknowledged": Watched(
        (*DONE, there(2.0), there(2.4), there(3.2), there(4.8))
    ),
    "later data arrives, what comes before it does not": Watched(
        (
            *ASKED,
            back(2.0, 8500, 1101),
            there(2.1, 1101, 7001, ".", 0),
            back(2.8, 8500),
            there(2.9, 1101, 7001, ".", 0),
        )
    ),
    "a RST that the server never sent": Watched(DONE, forged=(back(2.0, 7201, 1101, "R.", 0),)),
    "a RST for data": Watched((*DONE, there(2.0), back(2.1, 7201, 0, "R", 0))),
    "a second connection that is reset": Watched(
        (
            *CLOSED,
            there(3.0, 5000, 0, "S", 0),
            back(3.1, 9000, 5001, "S.", 0),
            there(3.2, 5001, 9001, ".", 0),
            there(3.3, 5001, 9001),
        ),
        forged=(back(3.4, 9001, 5001, "R.", 0),),
    ),
}


@pytest.mark.parametrize("name", FAILS)
def test_what_fails_in_the_window_is_not_healthy(name: str) -> None:
    case = FAILS[name]
    verdict = replace(case, net=line("r1")).verdict()
    assert verdict.outcome is not Outcome.HEALTHY
    assert verdict.best.hypothesis.cause not in HEALTHY


def test_one_point_proves_one_point() -> None:
    for place in ("c1", "r1", "s1"):
        verdict = judged(*CLOSED, places=place)
        assert verdict.best.hypothesis.cause in HEALTHY
        assert (verdict.outcome, verdict.best.confidence) == (Outcome.HEALTHY, 0.5)
        assert f"nothing wrong was seen at {place}" in verdict.best.hypothesis.summary
        assert "at the other end" in (verdict.best.hypothesis.would_settle or "")


def test_one_point_that_saw_less_than_an_exchange_is_not_called_healthy() -> None:
    """A handshake without data, and a connection that the server broke off."""
    for packets in (MADE, (*MADE, back(1.4, 7001, 1001, "R.", 0))):
        assert judged(*packets, places="c1").outcome is Outcome.INCONCLUSIVE


def test_one_point_that_saw_another_attempt_fail_is_not_called_healthy() -> None:
    again = packet(FLOW.replace(":4000", ":4001"), "S", 1, 0, at=3.0)
    watched = Watched((*CLOSED, again, replace(again, time=4.0)), places="c1")
    assert judge(watched.found("tcp 10.0.1.10 > 10.0.9.10:443")).outcome is not Outcome.HEALTHY


def test_two_points_between_the_ends_are_not_both_ends() -> None:
    verdict = judged(*CLOSED, places="r1 s1")
    assert verdict.outcome is Outcome.HEALTHY
    assert verdict.best.confidence < 0.8


def test_a_point_that_sees_one_direction_only_tells_nothing() -> None:
    """The answers pass elsewhere: the client acknowledges what was never seen here."""
    asked = tuple(one for one in CLOSED if one.flow == SYN.flow)
    assert ConnState.NO_ANSWER not in Watched(asked, "r1").ends()
    assert judged(*asked, places="r1").outcome is Outcome.INCONCLUSIVE


def test_a_capture_that_saw_nothing_of_the_flow_is_no_proof() -> None:
    net = line("r1")
    net.capture("c1")
    net.capture("s1")
    assert judge(read(net.case(FLOW))).outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("packets", "words"),
    [
        (
            (
                there(1.0, 1100, 7201, ".", 0),
                back(1.1, 7201, 1101, ".", 0),
                there(5.0, 1100, 7201, ".", 0),
            ),
            "no data",
        ),
        ((*MADE, back(1.4, 7001, 1001, "R.", 0)), "reset it before any answer"),
    ],
)
def test_what_carried_no_answer_is_not_called_healthy(
    packets: tuple[Packet, ...], words: str
) -> None:
    verdict = judged(*packets)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert words in verdict.best.hypothesis.summary


def probed(**params: object) -> Net:
    net = line("r1")
    net.tell(
        "c1",
        Question.CONNECT,
        ProbeResult("connect", SYN.flow.dst, ok=True, sport=SYN.flow.sport),
        **params,
    )  # type: ignore[union-attr]
    return net


def test_what_only_our_own_attempt_shows_is_one_attempt() -> None:
    verdict = judge(read(probed().case(FLOW)))
    assert (verdict.outcome, verdict.best.confidence) == (Outcome.HEALTHY, 0.75)
    texts = [reason.text for reason in verdict.best.hypothesis.reasons]
    assert any("an attempt of our own from c1 was answered" in text for text in texts)
    assert not any("both ends got" in text for text in texts)


def test_a_capture_of_our_own_attempt_is_still_one_attempt() -> None:
    net = probed()
    net.answers = [
        (name, question, records, params) for name, question, records, params in net.answers
    ]
    close = tuple(
        replace(one, time=one.time - 1.0) for one in (*MADE, there(1.3, 1001, 7001, "F.", 0))
    )
    verdict = Watched(close, net=net).verdict()
    assert verdict.best.confidence <= 0.75


def behind_silence(*silent: str) -> Verdict:
    """[c1] -- (r1) -- (r2) -- (r3) -- [s1], some of which do not let anybody log in"""
    net = line("r1", "r2", "r3")
    for name in silent:
        net.nodes[name].silent = True
    net.capture("c1", *(went(one) if one.flow == SYN.flow else came(one) for one in CLOSED))
    net.capture("s1", *(came(one) if one.flow == SYN.flow else went(one) for one in CLOSED))
    case = net.case(FLOW)
    lost = tuple(
        Evidence(f"lost {name}", Query(name, Question.IDENTITY), Status.NO_ANSWER)
        for name in silent
    )
    return judge(read(case.with_evidence(lost)))


@pytest.mark.parametrize("silent", [("r1",), ("r2",), ("r1", "r2", "r3")])
def test_ways_behind_what_cannot_be_asked_are_not_called_different(silent: tuple[str, ...]) -> None:
    verdict = behind_silence(*silent)
    assert verdict.best.hypothesis.cause is Cause.HEALTHY_SYMMETRIC
    assert not verdict.divergent
    assert verdict.best.confidence < 0.8
    assert (
        silent[0] in verdict.best.hypothesis.summary
        and "would have to tell" in verdict.best.hypothesis.summary
    )


def test_ways_that_all_of_them_tell_are_the_same() -> None:
    verdict = behind_silence()
    assert (
        verdict.best.hypothesis.summary == "the flow works, and both directions take the same path"
    )
    assert surely(verdict)


# --- two machines, one address ---


def doubled(wire: str = "r1 10.0.9.1/24", meets: str = "r1", entry: str = "s1") -> Verdict:
    """[c1] -- (r1) -- [s1]; a second machine, s2, holds the server's address on the same wire, or
    on another one"""
    net = line("r1")
    if wire.startswith("r1"):
        net.address("s2", "eth0", "10.0.9.77/24", "10.0.9.10/32")
    else:
        net.link(wire, "s2 10.0.9.10/24")
    net.neighbour("s2", "10.0.9.2", meets, on="eth1" if meets == "r1" else "eth0")
    net.neighbour("r1", "10.0.9.10", entry, interface="eth1")
    return Watched(CLOSED, net=net).verdict()


def test_two_holders_on_one_wire_forbid_to_be_sure() -> None:
    verdict = doubled()
    assert (verdict.outcome, verdict.best.confidence) == (Outcome.INCONCLUSIVE, 0.5)
    assert "s1 and s2 both hold 10.0.9.10 on one link" in verdict.best.hypothesis.summary


def test_two_holders_on_different_wires_are_no_matter() -> None:
    assert surely(doubled(wire="r9 10.0.9.1/24", meets="r9"))


def test_an_entry_that_is_not_the_senders_forbids_to_be_sure() -> None:
    """r1 sends what is for the server to another MAC than the one from which its packets come."""
    net = line("r1")
    net.link("r1 10.0.7.1/24", "h1 10.0.7.2/24")
    net.neighbour("r1", "10.0.9.10", "h1", interface="eth1")
    server = net.nodes["s1"].macs["eth0"]
    flow_count = [(one, one.flow == SYN.flow) for one in CLOSED]
    for one, forward in flow_count:
        iif, oif = ("eth0", "eth1") if forward else ("eth1", "eth0")
        inward = replace(came(one, iif), ttl=64, source_mac=None if forward else server)
        net.capture("r1", inward, went(one, oif))
    net.capture("c1", *(went(one) if forward else came(one) for one, forward in flow_count))
    net.capture("s1", *(came(one) if forward else went(one) for one, forward in flow_count))
    verdict = judge(read(net.case(FLOW)))
    assert verdict.best.confidence <= 0.5
    assert "r1 sends what is for 10.0.9.10 to" in verdict.best.hypothesis.summary


# --- a way that moves ---


def test_a_way_that_changed_and_works_again_changes_back_and_forth() -> None:
    """r1's route to the server is another one after the first window; the second window sees the
    flow work."""
    net = line("r1")
    moved = Route(
        ip_network("10.0.9.0/25"),
        "main",
        "unicast",
        (net.hop("r1", "10.0.9.10"),),
        protocol="static",
    )
    net.tell("r1", Question.ROUTES, *net.nodes["r1"].routes, moved, sample="after")
    case, watched = net.case(FLOW), Watched(CLOSED)
    for place in ("c1", "r1", "s1"):
        seen = tuple(packet for one in CLOSED for packet in watched.at(place, one))
        late = Evidence(
            f"late {place}",
            Query(place, Question.CAPTURE),
            Status.ANSWERED,
            records=seen,
            taken_at=9.0,
        )
        case = case.with_evidence((late,))
    verdict = judge(read(case))
    assert (verdict.outcome, verdict.best.confidence) == (Outcome.HEALTHY, 0.6)
    assert any("back and forth" in reason.text for reason in verdict.best.hypothesis.reasons)


# --- a session that is cut ---


def cut(*after: Packet) -> Watched:
    """A connection that carried data, and whose later data vanishes in r1; another one works."""
    lost = tuple(there(at) for at in (2.0, 2.4, 3.2, 4.8))
    return Watched((*DONE, *lost, *after), unheard=lost)


def test_an_established_connection_that_is_cut_refutes_healthy() -> None:
    assert cut().ends() == [ConnState.STALLED]
    assert cut().verdict().outcome is not Outcome.HEALTHY


REFUSED = packet(FLOW.replace(":4000", ":4001"), "P.", 501, 901, at=2.0, payload=100)


def refusing(*logged: Packet) -> Verdict:
    """One connection works; a packet of another, that stood before, comes into r1 and does not go
    out."""
    net = line("r1")
    lines = tuple(
        LogLine(None, "INVALID", "eth0", "eth1", one.flow, "PA", f"INVALID {one.flow}")
        for one in logged
    )
    net.tell("r1", Question.LOGS, sample="before")
    net.tell("r1", Question.LOGS, *lines, sample="after")
    watched = Watched((*CLOSED, REFUSED), unheard=(REFUSED,), net=net)
    return judge(watched.found("tcp 10.0.1.10 > 10.0.9.10:443"))


def test_data_that_a_device_refuses_by_its_own_log_refutes_healthy() -> None:
    assert refusing(REFUSED).outcome is not Outcome.HEALTHY
    # one packet at an edge, and no log: nothing is known of it
    assert refusing().outcome is Outcome.HEALTHY


def test_the_last_try_of_a_connection_that_was_given_up_is_a_failure() -> None:
    """Its data was sent for the last time when the window began, and nothing came back."""
    last = there(1.0)
    other = tuple(_moved(one, 4.0) for one in CLOSED)
    watched = Watched((last, *other), unheard=(last,))
    assert ConnState.NO_ANSWER in watched.ends(FLOW.replace(":4000", ":*"))


def _moved(one: Packet, later: float) -> Packet:
    """The same packet in another connection, later."""
    assert one.flow is not None
    port = {"sport": 40999} if one.flow.dport == 443 else {"dport": 40999}
    return replace(one, flow=one.flow.translated(**port), time=one.time + later)  # type: ignore[arg-type]


def test_acknowledgements_that_left_against_the_routes_forbid_to_be_sure_of_the_path() -> None:
    """r1's routes send the flow to s1's link, its capture saw bare acknowledgements leave by
    another: a SYN may take the one that the routes say."""
    net = line("r1")
    net.link("r1 10.0.8.1/24", "r2 10.0.8.2/24")
    net.link("r2 10.0.9.2/24", "s1 10.0.9.11/24")
    net.route("r1", "default", "10.0.8.2", table="9")
    acknowledged = (there(1.0 + n, 1101, 7201 + n, ".", 0) for n in range(3))
    net.capture("r1", *(went(one, "eth2") for one in acknowledged))
    found = read(net.case(FLOW))
    assert found.forward.hops[1].against_routing
    doubt = proof(
        Context(replace(found, attempts=(Attempt(net.case(FLOW).flow, ConnState.WORKED),)))
    )
    assert doubt.limit == 0.75 and "only bare acknowledgements" in doubt.text
