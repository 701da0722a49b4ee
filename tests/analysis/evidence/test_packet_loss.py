"""Random loss, as against filters, from what is in flight, and from what only looks lost.

[c1] -- (r1) -- [s1]: r1 is in the middle of a way of 40 ms.
"""

from __future__ import annotations

import random
from collections.abc import Container

import pytest

from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.records import Counter, FilterChain, FilterRule, Match
from collectors.platforms.linux.rule_meaning import with_meaning
from tests.analysis.long_ways import UDP, Wire
from workbench.analysis.case.case import Case
from workbench.analysis.case.drop import Drop
from workbench.analysis.case.verdict import Cause, Direction, FixClass, Verdict
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.evidence.loss_statistics import (
    blocks_by_chance,
    interval,
    rhythm,
    unnatural,
)
from workbench.analysis.evidence.packet_loss import not_by_chance
from workbench.analysis.evidence.read import read

HEALTHY = (Cause.HEALTHY_SYMMETRIC, Cause.HEALTHY_ASYMMETRIC)


def exchange(
    wire: Wire,
    losing: Container[int],
    where: str = "r1",
    pieces: int = 40,
    replies: Container[int] = (),
) -> None:
    """One connection that asks again and again; the questions of these numbers are lost once, and
    sent again."""
    at, seq, ack = wire.handshake(0.6), 1001, 7001
    for number in range(pieces):
        at += 0.12
        if number in losing:
            wire.send(at, "P.", seq, ack, payload=100, lost=where)
            at += 0.3
        wire.send(at, "P.", seq, ack, payload=100)
        seq += 100
        answered = at + wire.rtt / 2
        if number in replies:
            wire.reply(answered, "P.", ack, seq, payload=50, lost=where)
            answered += 0.3
        wire.reply(answered, "P.", ack, seq, payload=50)
        at = max(at, answered - wire.rtt / 2)
        ack += 50
    wire.send(at + wire.rtt, ".", seq, ack)


def verdict_of(case: Case) -> Verdict:
    return judge(read(case))


def test_the_interval_of_a_share() -> None:
    """Wilson's score interval, as tables give it."""
    assert interval(5, 60) == pytest.approx((0.0361, 0.1807), abs=0.001)
    assert interval(0, 60) == pytest.approx((0.0, 0.0602), abs=0.001)
    assert interval(0, 0) == (0.0, 1.0)


def test_few_lost_packets_are_natural_and_many_are_not() -> None:
    assert unnatural(1, 300) == 0.0
    assert unnatural(1, 60) < 2 < unnatural(3, 60) < unnatural(8, 60)


def test_blocks_are_not_chance() -> None:
    apart = [number % 8 == 0 for number in range(64)]
    assert blocks_by_chance(apart) > 0.5
    assert blocks_by_chance([number < 8 for number in range(64)]) < 0.0001


TIMES = [0.0, 1.7, 2.4, 2.7, 3.7, 5.4, 7.1, 7.2, 8.1, 9.9, 11.6, 12.6, 13.6, 15.3, 17.0, 18.0]


def test_what_comes_and_goes_has_a_rhythm() -> None:
    switched = [time % 5 < 2.5 for time in TIMES]
    period = rhythm(TIMES, switched)
    assert period is not None and 4.4 < period < 5.6


def test_chance_keeps_no_time() -> None:
    dice = random.Random(7)
    found = 0
    for _ in range(200):
        times = sorted(dice.uniform(0, 18) for _ in range(24))
        lost = [dice.random() < 0.4 for _ in times]
        found += rhythm(times, lost) is not None
    assert found <= 4


@pytest.mark.parametrize(
    ("times", "lost"),
    [([], []), ([1.0], [True]), (TIMES, [False] * 16), (TIMES[:4], [True, False, True, False])],
    ids=["nothing", "one", "none lost", "too few"],
)
def test_too_few_packets_show_no_rhythm(times: list[float], lost: list[bool]) -> None:
    assert rhythm(times, lost) is None


def test_a_rhythm_in_a_device_lets_doubt_that_it_is_chance() -> None:
    """What comes to r1 in the last third of every 2 s is lost there, and sent again until it
    passes."""
    wire = Wire(0.04)
    at, seq, ack = wire.handshake(0.6), 1001, 7001
    for _ in range(24):
        at += 0.33
        while at % 2 > 1.3:
            wire.send(at, "P.", seq, ack, payload=100, lost="r1")
            at += 0.33
        wire.send(at, "P.", seq, ack, payload=100)
        seq += 100
        wire.reply(at + wire.rtt / 2, "P.", ack, seq, payload=50)
        ack += 50
    found = read(wire.case((0.0, at + 1)))
    (loss,) = found.thinned
    assert loss.rhythm is not None
    best = judge(found).best
    assert best.confidence <= 0.75
    assert "comes and goes" in " ".join(reason.text for reason in best.hypothesis.reasons)


def test_a_router_that_loses_some_requests_and_passes_others() -> None:
    wire = Wire(0.04)
    exchange(wire, {3, 9, 16, 18, 30})
    found = read(wire.case((0.0, 9.0)))
    (loss,) = found.thinned
    assert (loss.node, loss.after, loss.reverse, loss.lost) == ("r1", None, False, 5)
    assert loss.by_chance and loss.again == 5
    assert found.drops == (), "nothing stops them by what they are"


def test_what_is_lost_by_chance_is_no_filter() -> None:
    wire = Wire(0.04)
    exchange(wire, {3, 9, 16, 18, 30})
    verdict = verdict_of(wire.case((0.0, 9.0)))
    best = verdict.best.hypothesis
    assert (best.cause, best.guilty_node, best.direction) == (
        Cause.PACKET_LOSS,
        "r1",
        Direction.FORWARD,
    )
    assert "5 of " in best.summary and "in r1" in best.summary
    assert verdict.drop is not None and (verdict.drop.node, verdict.drop.packet) == ("r1", "data")
    assert [fix.fix_class for fix in best.fixes] == [FixClass.FIX_LINK]


def test_a_link_that_loses_both_ways_is_named_by_the_end_nearer_to_the_client() -> None:
    wire = Wire(0.04)
    exchange(wire, {3, 9, 16, 30}, "way", replies={5, 12, 21, 33})
    best = verdict_of(wire.case((0.0, 9.0))).best.hypothesis
    assert best.cause is Cause.PACKET_LOSS
    assert "between" in best.summary


@pytest.mark.parametrize(("where", "after"), [("beside", []), ("way", ["s1"])])
def test_what_leaves_by_another_link_is_not_lost_on_this_one(where: str, after: list[str]) -> None:
    """A router that spreads a flow over two servers hands each only a part of it."""
    wire = Wire(0.04)
    exchange(wire, {3, 9, 16, 18, 30}, where)
    assert [loss.after for loss in read(wire.case((0.0, 9.0))).thinned] == after


def test_one_packet_sent_again_accuses_nobody() -> None:
    wire = Wire(0.04)
    exchange(wire, {9})
    verdict = verdict_of(wire.case((0.0, 9.0)))
    assert verdict.best.hypothesis.cause in HEALTHY
    assert any(
        "were lost on the way and sent again" in reason.text
        for reason in verdict.best.hypothesis.reasons
    )


def test_nothing_is_lost_while_the_next_point_did_not_watch_yet() -> None:
    """The server's capture began two seconds later."""
    wire = Wire(0.04)
    exchange(wire, ())
    assert read(wire.case((0.0, 9.0), s1=(2.0, 9.0))).thinned == ()


def test_what_comes_later_or_twice_is_not_lost() -> None:
    wire = Wire(0.04)
    exchange(wire, ())
    twice = [
        (at, one, lost)
        for at, one, lost in wire.packets
        for _ in range(2 if int(at * 10) % 7 == 0 else 1)
    ]
    late = [
        (at + (0.03 if number % 9 == 0 else 0), one, lost)
        for number, (at, one, lost) in enumerate(twice)
    ]
    wire.packets = sorted(late, key=lambda item: item[0])
    assert read(wire.case((0.0, 9.0))).thinned == ()


def test_a_filter_that_stops_all_that_is_large_is_not_chance() -> None:
    """Small packets of the same connection pass, no large one ever does."""
    wire = Wire(0.04)
    at = wire.handshake(0.6)
    for number in range(5):
        wire.send(at + 0.6 * number + 0.1, "P.", 1001, 7001, payload=1400, lost="r1")
        wire.send(at + 0.6 * number + 0.2, ".", 1001, 7001)
    found = read(wire.case((0.0, 6.0)))
    assert not any(loss.by_chance for loss in found.thinned)
    assert found.drop is not None and found.drop.node == "r1"


def test_what_is_lost_from_one_moment_on_is_not_chance() -> None:
    wire = Wire(0.04)
    exchange(wire, (), pieces=20)
    last = max(at for at, _, _ in wire.packets)
    for again in range(6):
        wire.send(last + 0.2 + 0.2 * again, "P.", 3001, 8001, payload=100, lost="r1")
    assert not any(loss.by_chance for loss in read(wire.case((0.0, 9.0))).thinned)


# --- rules that let some of them pass ---

FORWARD = FilterChain("nft", "inet", "f", "forward", "forward", policy="accept")


def limiting(match: Match, before: int | None, after: int | None) -> tuple[Evidence, Evidence]:
    """The two samples of a router's rules around the window."""

    def sample(name: str, packets: int | None) -> Evidence:
        place = ("nft", "inet", "f", "forward", 0)
        rule = with_meaning(
            FilterRule(*place, (match,), "drop", packets=packets, text="limit drop")
        )
        params = QueryParams(sample=name)
        query = Query("r1", Question.FILTER, params)
        return Evidence(f"filter-{name}", query, Status.ANSWERED, records=(FORWARD, rule))

    return sample("before", before), sample("after", after)


def test_a_limit_that_counts_what_is_lost_is_named_and_to_be_raised() -> None:
    wire = Wire(0.04)
    exchange(wire, {10, 11, 12, 13, 14, 15})
    rules = limiting(Match("limit", ("10/second",), True), 5, 12)
    best = verdict_of(wire.case((0.0, 9.0)).with_evidence(rules)).best.hypothesis
    assert (best.cause, best.guilty_node) == (Cause.PACKET_LOSS, "r1")
    assert "by the rule limit drop" in best.summary
    assert [fix.fix_class for fix in best.fixes] == [FixClass.RAISE_LIMIT]


def test_a_limit_that_does_not_count_is_named_too() -> None:
    wire = Wire(0.04)
    exchange(wire, {10, 11, 12, 13, 14, 15})
    rules = limiting(Match("limit", ("10/second",), True), None, None)
    best = verdict_of(wire.case((0.0, 9.0)).with_evidence(rules)).best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.PACKET_LOSS, "r1")
    assert best.confidence >= 0.6 and "counted" not in str(best.hypothesis.reasons)


def test_a_flow_that_lost_nothing_is_not_surely_well_where_a_rule_took_some_of_such_packets() -> (
    None
):
    for counted_after, sure in ((5, True), (7, False)):
        wire = Wire(0.04)
        exchange(wire, ())
        rules = limiting(Match("unread", ("numgen random mod 100 < 8",)), 5, counted_after)
        best = verdict_of(wire.case((0.0, 9.0)).with_evidence(rules)).best
        assert best.hypothesis.cause in HEALTHY
        assert (best.confidence > 0.75) is sure


def mostly_lost(wire: Wire) -> None:
    """One connection; of each question three copies of four are lost."""
    at, seq, ack = wire.handshake(0.6), 1001, 7001
    for _ in range(8):
        for copy in range(4):
            at += 0.2
            wire.send(at, "P.", seq, ack, payload=100, lost="r1" if copy < 3 else "")
        seq += 100
        wire.reply(at + wire.rtt / 2, "P.", ack, seq, payload=50)
        ack += 50
    wire.send(at + wire.rtt, ".", seq, ack)


def test_a_limit_may_stop_most_packets_and_is_still_no_filter() -> None:
    wire = Wire(0.04)
    mostly_lost(wire)
    rules = limiting(Match("limit", ("20/minute",), True), 5, 29)
    best = verdict_of(wire.case((0.0, 9.0)).with_evidence(rules)).best.hypothesis
    assert (best.cause, best.guilty_node) == (Cause.PACKET_LOSS, "r1")


def test_what_loses_most_packets_without_a_limit_that_counts_them_is_not_called_chance() -> None:
    wire = Wire(0.04)
    mostly_lost(wire)
    assert not any(loss.by_chance for loss in read(wire.case((0.0, 9.0))).thinned)


def test_a_rule_that_throws_dice_is_to_be_taken_away() -> None:
    wire = Wire(0.04)
    exchange(wire, {3, 9, 16, 18, 30})
    rules = limiting(Match("unread", ("numgen random mod 100 < 8",)), 5, 10)
    best = verdict_of(wire.case((0.0, 9.0)).with_evidence(rules)).best.hypothesis
    assert best.cause is Cause.PACKET_LOSS
    assert [fix.fix_class for fix in best.fixes] == [FixClass.FIX_ACL]


def test_datagrams_that_look_alike_do_not_stand_in_for_each_other() -> None:
    """The client watches a little longer than r1: the answer that it sees last is none of those
    that r1 lost."""
    wire = Wire(0.04, flow=UDP)
    for number in range(20):
        wire.datagrams(0.6 + 0.3 * number, lost="r1" if number == 6 else "")
    (loss,) = read(wire.case((0.0, 6.5), r1=(0.0, 6.2))).thinned
    assert (loss.node, loss.after, loss.reverse, loss.lost) == ("r1", None, True, 1)


def counted(name: str, scope: str, before: int, after: int) -> tuple[Evidence, Evidence]:
    """The same of one counter."""

    def sample(word: str, value: int) -> Evidence:
        query = Query("r1", Question.COUNTERS, QueryParams(sample=word))
        return Evidence(
            f"counters-{word}", query, Status.ANSWERED, records=(Counter(scope, name, value),)
        )

    return sample("before", before), sample("after", after)


def test_a_queue_that_overflows_is_to_be_raised() -> None:
    wire = Wire(0.04)
    exchange(wire, {3, 9, 16, 18, 30})
    queue = counted("drops", "qdisc eth1 tbf 8001: root", 0, 5)
    best = verdict_of(wire.case((0.0, 9.0)).with_evidence(queue)).best.hypothesis
    assert any(
        "the queue of eth1 on r1 (tbf) dropped 5 packets" in reason.text for reason in best.reasons
    )
    assert [fix.fix_class for fix in best.fixes] == [FixClass.RAISE_LIMIT]


def test_an_interface_that_counts_errors_speaks_for_it() -> None:
    wire = Wire(0.04)
    exchange(wire, {3, 9, 16, 18, 30})
    broken = counted("rx_crc_errors", "interface eth0", 7, 12)
    best = verdict_of(wire.case((0.0, 9.0)).with_evidence(broken)).best.hypothesis
    assert any(
        "eth0 of r1 counted 5 packets with a wrong checksum" in reason.text
        for reason in best.reasons
    )


def with_strays(counted: int) -> Case:
    """Five of forty are lost, and a rule that refuses what fits no session counts so many
    meanwhile."""
    wire = Wire(0.04)
    exchange(wire, {3, 9, 16, 18, 30})
    return wire.case((0.0, 9.0)).with_evidence(
        limiting(Match("ct_state", ("invalid",)), 5, 5 + counted)
    )


def test_what_a_rule_for_strays_counted_is_not_chance() -> None:
    """A firewall that learns of sessions late refuses some packets of each: by its rule, and not as
    dice fall."""
    assert verdict_of(with_strays(0)).best.hypothesis.cause is Cause.PACKET_LOSS
    assert verdict_of(with_strays(5)).best.hypothesis.cause is not Cause.PACKET_LOSS


@pytest.mark.parametrize(("counted", "kept"), [(0, 0), (2, 0), (5, 1)])
def test_a_drop_of_what_the_rule_for_strays_counted_stays_one(counted: int, kept: int) -> None:
    found = read(with_strays(counted))
    drop = Drop("r1", "eth0", "ACK", "2 ACK packets came in on eth0 and did not go out")
    assert (
        len(not_by_chance(found.case, (drop,), found.thinned, (found.forward, found.reverse)))
        == kept
    )


def test_some_strays_let_doubt_whether_the_rest_was_chance() -> None:
    sure, unsure = verdict_of(with_strays(0)).best, verdict_of(with_strays(2)).best
    assert sure.confidence >= 0.8 > unsure.confidence
    assert any(
        "refused 2 packets that fit no session" in one.text for one in unsure.hypothesis.reasons
    )
