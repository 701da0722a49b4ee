"""Packets that differ by TCP flags that a filter looks at: what stops one of them need not stop the
other.

[c1] -- (r1) -- [s1]: the client offers ECN in its SYN (flags SEW), and tries again without.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.records import FilterChain, FilterRule, Match, Packet
from tests.analysis.evidence.test_packet_loss import exchange
from tests.analysis.long_ways import Wire
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import ConnState
from workbench.analysis.case.verdict import Cause, Direction, Outcome
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.evidence.read import read

CHAIN = FilterChain("nft", "inet", "odd", "forward", "forward", policy="accept")
OF_ECN = Match("tcp_flags", (("ecn,cwr", "ecn,cwr"),))


def rule(packets: int, *matches: Match) -> FilterRule:
    text = "tcp flags & (ecn | cwr) == ecn | cwr counter drop"
    return FilterRule(
        "nft", "inet", "odd", "forward", 0, matches, "drop", packets=packets, text=text
    )


def showing(case: Case, counted: int, match: Match = OF_ECN) -> Case:
    """r1 shows a rule that drops what matches, before and after the window."""

    def sample(name: str, packets: int) -> Evidence:
        query = Query("r1", Question.FILTER, QueryParams(sample=name))
        return Evidence(
            f"filter-{name}", query, Status.ANSWERED, records=(CHAIN, rule(packets, match))
        )

    return case.with_evidence((sample("before", 3), sample("after", 3 + counted)))


def connection(wire: Wire, at: float, seq: int, flags: str = "SEW") -> float:
    """A SYN that is lost in r1, one without ECN a second later, and an exchange that is used."""
    wire.send(at, flags, seq, lost="r1")
    at = wire.handshake(at + 1.0, seq)
    wire.send(at + 0.01, "P.", seq + 1, 7001, payload=50)
    wire.reply(at + 0.04, "P.", 7001, seq + 51, payload=50)
    wire.send(at + 0.08, "F.", seq + 51, 7051)
    wire.reply(at + 0.11, "F.", 7051, seq + 52)
    wire.send(at + 0.15, ".", seq + 52, 7052)
    return at + 0.3


def begun_again(number: int = 3, flags: str = "SEW") -> tuple[Wire, float]:
    """So many such connections, one after the other."""
    wire, at = Wire(0.04), 0.6
    for one in range(number):
        at = connection(wire, at, 1000 + 100_000 * one, flags)
    return wire, at


@pytest.mark.parametrize("shown", [True, False])
def test_a_syn_that_offers_ecn_and_is_dropped_while_one_without_passes_is_no_chance(
    shown: bool,
) -> None:
    wire, end = begun_again()
    case = wire.case((0.0, end + 3))
    verdict = judge(read(showing(case, 3) if shown else case))
    best = verdict.best.hypothesis
    assert verdict.outcome is Outcome.HEALTHY
    assert "begin late: r1 drops the SYN with ECN flags" in best.summary
    assert "sent without them, pass" in best.summary
    assert ("by its rule tcp flags & (ecn | cwr) == ecn | cwr" in best.summary) is shown
    assert best.reasons and all("chance" not in reason.text for reason in best.reasons)


def test_the_newest_attempt_may_have_to_ask_again_like_those_before_it() -> None:
    """Its SYN with ECN is lost, and the watch ends before the one without was sent."""
    wire, at = begun_again()
    wire.send(at, "SEW", 900_000, lost="r1")
    found = read(showing(wire.case((0.0, at + 0.8)), 4))
    assert found.attempts[-1].end is ConnState.OPEN and found.flow_works
    assert judge(found).best.confidence > 0.75


def test_one_attempt_that_fails_among_those_that_only_begin_late_accuses_the_rule_of_nothing_for_sure() -> (
    None
):
    wire, at = begun_again()
    for again in range(3):
        wire.send(at + again, "SEW", 900_000, lost="r1")
    verdict = judge(read(showing(wire.case((0.0, at + 3.0)), 6)))
    assert verdict.outcome is not Outcome.HEALTHY and verdict.best.confidence < 0.75


def test_an_answer_is_awaited_from_the_syn_on_that_the_server_heard() -> None:
    """The client's first capture ends while the SYN-ACK is on its way: the SYN before it never came
    to the server."""
    wire, at = begun_again()
    wire.send(at, "SEW", 900_000, lost="r1")
    wire.send(at + 1.0, "S", 900_000)
    wire.reply(at + 1.02, "S.", 7000, 900_001)
    found = read(showing(wire.case((0.0, at + 2.0), c1=(0.0, at + 1.03)), 4))
    assert [one.end for one in found.attempts] == [ConnState.WORKED] * 3 + [ConnState.OPEN]
    assert judge(found).outcome is Outcome.HEALTHY


def test_a_client_that_never_tries_without_is_stopped_by_the_rule_that_its_packets_match() -> None:
    wire = Wire(0.04)
    for again in range(4):
        wire.send(0.6 + again, "SEW", 1000, lost="r1")
    best = judge(read(showing(wire.case(), 4))).best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.ACL_PATH, "r1")
    assert best.hypothesis.direction is Direction.FORWARD and best.confidence > 0.9
    assert "tcp flags & (ecn | cwr) == ecn | cwr" in best.hypothesis.summary


def test_chance_beside_the_rule_is_counted_without_what_the_rule_stops() -> None:
    """Five requests of another connection are lost at random; the SYNs that the rule stops are
    not among them."""
    wire, _ = begun_again(2)
    late = Wire(0.04)
    exchange(late, {3, 9, 16, 18, 30})
    wire.packets += [(at + 10.0, _moved(one), lost) for at, one, lost in late.packets]
    (loss,) = read(showing(wire.case((0.0, 22.0)), 2)).thinned
    assert loss.lost == 5 and not any("S" in packet.flags for packet in loss.packets)


def _moved(one: Packet) -> Packet:
    """Ten seconds later, and of another connection."""
    return replace(
        one, time=one.time + 10.0, ip_id=(one.ip_id or 0) + 5000, seq=(one.seq or 0) + 2_000_000
    )


def test_what_iptables_calls_all_flags_leaves_those_of_ecn_out() -> None:
    """`--tcp-flags ALL SYN` matches a SYN that offers ECN as well."""
    wire = Wire(0.04)
    for again in range(4):
        wire.send(0.6 + again, "SEW", 1000, lost="r1")
    case = showing(wire.case(), 4, Match("tcp_flags", (("all", "syn"),)))
    assert judge(read(case)).best.hypothesis.cause is Cause.ACL_PATH
