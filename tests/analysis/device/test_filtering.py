"""One imagined packet against the filters of one device."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import FilterChain, FilterRule, Match
from collectors.platforms.linux.chain_places import with_place
from tests.analysis.topology import Net, chain, rule
from tests.analysis.trace.test_walk import FLOW, line, pair
from workbench.analysis.device.filtering import FilterAction, filter_result, passage
from workbench.analysis.device.hop_filtering import at_hop, by_state, needs_state
from workbench.analysis.device.matching import PacketUnderTest, State
from workbench.analysis.evidence.read import read

TESTED = PacketUnderTest(Flow.parse(FLOW), "eth0", "eth1", reply=False, length=60)

STATEFUL = (
    chain("forward", "forward", policy="drop"),
    rule("forward", 0, "accept", ct_state="established,related"),
    rule("forward", 1, "drop", ct_state="invalid"),
    rule("forward", 2, "accept", ct_state="new", dport=443),
)


def box(*records: FilterChain | FilterRule) -> Net:
    """[c1] -- (r1) -- [s1] with a filter on r1"""
    net = line("r1")
    net.nft("r1", *records)
    return net


def action(
    *records: FilterChain | FilterRule, tested: PacketUnderTest = TESTED, hook: str = "forward"
) -> FilterAction:
    return filter_result(box(*records).case(FLOW), "r1", hook, tested).action


def test_no_answer_about_filters_is_unknown_and_none_is_accept() -> None:
    assert (
        filter_result(line("r1").case(FLOW), "r1", "forward", TESTED).action is FilterAction.UNKNOWN
    )
    assert action() is FilterAction.ACCEPT


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("new", FilterAction.ACCEPT),
        ("established", FilterAction.ACCEPT),
        ("invalid", FilterAction.DROP),
        ("untracked", FilterAction.DROP),
    ],
)
def test_a_stateful_forward_chain(state: State, expected: FilterAction) -> None:
    assert action(*STATEFUL, tested=TESTED.with_state(state)) is expected


def test_the_deciding_rule_is_told_in_its_own_words() -> None:
    found = filter_result(box(*STATEFUL).case(FLOW), "r1", "forward", TESTED.with_state("invalid"))
    assert found.words == "forward chain: ct_state invalid drop"
    policy = filter_result(
        box(*STATEFUL).case(FLOW), "r1", "forward", TESTED.with_state("untracked")
    )
    assert policy.words == "forward chain: policy drop"


def test_a_stateless_drop_is_the_same_in_every_state() -> None:
    case = box(chain("forward", "forward"), rule("forward", 0, "drop", dport=443)).case(FLOW)
    assert {found.action for found in by_state(case, "r1", TESTED).values()} == {FilterAction.DROP}


def test_jump_return_and_goto() -> None:
    records = (
        chain("forward", "forward", policy="drop"),
        rule("forward", 0, "jump", "services", protocol="tcp"),
        rule("forward", 1, "accept", dport=443),
        rule("services", 0, "return", dport=443),
        rule("services", 1, "drop"),
    )
    assert action(*records) is FilterAction.ACCEPT
    goto = replace(records[1], verdict="goto")
    assert isinstance(goto, FilterRule)
    assert action(records[0], goto, *records[2:]) is FilterAction.DROP


def test_a_condition_that_cannot_be_judged_makes_the_outcome_unknown() -> None:
    records = (chain("forward", "forward"), rule("forward", 0, "drop", unread="owner uid 0"))
    found = filter_result(box(*records).case(FLOW), "r1", "forward", TESTED)
    assert found.action is FilterAction.UNKNOWN
    assert [one.verdict for one in found.maybe] == ["drop"]


def test_a_doubtful_drop_does_not_matter_where_all_is_dropped_anyway() -> None:
    assert (
        action(chain("forward", "forward", policy="drop"), rule("forward", 0, "drop", unread="x"))
        is FilterAction.DROP
    )


def test_a_drop_in_a_later_table_is_final() -> None:
    other = with_place(
        FilterChain("iptables", "ip", "filter", "FORWARD", "forward", priority=0, policy="accept")
    )
    drop = FilterRule(
        "iptables", "ip", "filter", "FORWARD", 0, (Match("dport", ((443, 443),)),), "drop"
    )
    net = box(chain("forward", "forward"), rule("forward", 0, "accept"))
    net.tell("r1", Question.FILTER_IPTABLES, other, drop)
    assert filter_result(net.case(FLOW), "r1", "forward", TESTED).action is FilterAction.DROP


def test_what_nft_shows_of_iptables_is_told_better_by_iptables() -> None:
    shown = with_place(FilterChain("nft", "ip", "filter", "FORWARD", "forward", policy="accept"))
    blurred = FilterRule(
        "nft", "ip", "filter", "FORWARD", 0, (Match("unread", ("xt match conntrack",)),), "drop"
    )
    net = box(shown, blurred)
    readable = FilterRule(
        "iptables", "ip", "filter", "FORWARD", 0, (Match("ct_state", ("invalid",)),), "drop"
    )
    net.tell(
        "r1",
        Question.FILTER_IPTABLES,
        with_place(FilterChain("iptables", "ip", "filter", "FORWARD", "forward")),
        readable,
    )
    assert filter_result(net.case(FLOW), "r1", "forward", TESTED).action is FilterAction.ACCEPT


def test_a_packet_kept_out_of_tracking_is_not_invalid() -> None:
    raw = (chain("raw", "prerouting"), rule("raw", 0, "notrack", dport=443))
    raw = (replace(raw[0], priority=-300), raw[1])
    accept = rule("forward", 3, "accept", ct_state="untracked")
    case = box(*raw, *STATEFUL, accept).case(FLOW)
    assert passage(case, "r1", TESTED.with_state("invalid")).action is FilterAction.ACCEPT


@pytest.mark.parametrize(
    ("field", "values", "expected"),
    [
        ("iif", ("eth*",), True),
        ("iif", ("eth1",), False),
        ("protocol", ("6",), True),
        ("protocol", ("udp",), False),
        ("tcp_flags", (("fin,syn,rst,ack", "syn"),), True),
        ("tcp_flags", (("syn,ack", "syn,ack"),), False),
        ("mark", ("0x0/0xff",), True),
        ("sport", ((1024, 65535),), True),
        ("icmp_type", ("echo-request",), False),
        ("fib", ("daddr type local",), False),
        ("fib", ("saddr . iif oif missing",), False),
        ("fib", ("daddr type unicast",), True),
        ("fib", ("daddr type broadcast",), False),
        ("fib", ("daddr type multicast",), False),
        ("iif", ("eth+",), True),
        ("oif", ("eth1",), True),
        ("src", (ip_network("10.0.1.0/24"),), True),
        ("dst", (ip_network("10.0.1.0/24"),), False),
        ("dport", ((0, 65535),), True),
        ("protocol", ("all",), True),
        ("ct_direction", ("original",), True),
        ("ct_status", ("assured",), False),
        ("ct_mark", ("0x0",), True),
        ("tcp_flags", ("fin,syn,rst,ack", "syn"), True),
        ("tcp_flags", (("all", "none"),), False),
        ("length", ("0-100",), True),
        ("version", ("4",), True),
        ("version", ("ipv6",), False),
    ],
)
def test_conditions(field: str, values: tuple[object, ...], expected: bool) -> None:
    matching = FilterRule("nft", "inet", "t", "forward", 0, (Match(field, values),), "drop")
    opposite = replace(matching, matches=(Match(field, values, negated=True),))
    assert action(chain("forward", "forward"), matching).stops is expected
    assert action(chain("forward", "forward"), opposite).stops is not expected


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("set", ("ip saddr @blocked",)),
        ("limit", ("5/second",)),
        ("src", ("@blocked",)),
        ("sport", ("@ports",)),
        ("ct_status", ("dnat",)),
        ("fib", ("saddr . mark oif 7",)),
    ],
)
def test_conditions_that_cannot_be_told(field: str, values: tuple[object, ...]) -> None:
    doubtful = FilterRule("nft", "inet", "t", "forward", 0, (Match(field, values),), "drop")
    assert action(chain("forward", "forward"), doubtful) is FilterAction.UNKNOWN


@pytest.mark.parametrize(
    ("field", "values", "unknown"),
    [
        ("ct_state", ("new",), {"state": None}),
        ("ct_direction", ("reply",), {"reply": None, "state": "established"}),
        ("mark", ("0x1",), {"mark": None}),
        ("tcp_flags", (("syn", "syn"),), {"flags": None}),
        ("length", ("0-100",), {"length": None}),
    ],
)
def test_a_packet_of_which_not_all_is_known(
    field: str, values: tuple[object, ...], unknown: dict[str, Any]
) -> None:
    rule_ = FilterRule("nft", "inet", "t", "forward", 0, (Match(field, values),), "drop")
    assert (
        action(chain("forward", "forward"), rule_, tested=replace(TESTED, **unknown))
        is FilterAction.UNKNOWN
    )


@pytest.mark.parametrize(
    ("field", "values", "stops"),
    [
        ("icmp_type", ("echo-request",), True),
        ("icmp_type", ("echo-reply",), False),
        ("dport", ((1, 10),), False),
        ("tcp_flags", (("syn", "syn"),), False),
        ("protocol", ("icmp",), True),
    ],
)
def test_a_ping(field: str, values: tuple[object, ...], stops: bool) -> None:
    ping = replace(
        TESTED, flow=Flow.parse("icmp 10.0.1.10 > 10.0.9.10"), icmp="echo-request", flags=None
    )
    rule_ = FilterRule("nft", "inet", "t", "forward", 0, (Match(field, values),), "drop")
    assert action(chain("forward", "forward"), rule_, tested=ping).stops is stops


def test_marks_of_packets_and_of_sessions() -> None:
    """The first rule marks the packet, the second saves the mark in the session, the third looks at
    it."""
    records = (
        chain("forward", "forward"),
        rule("forward", 0, "mark", "0x5/0xf", dport=443),
        rule("forward", 1, "ct_mark", "mark"),
        rule("forward", 2, "drop", ct_mark="0x5"),
    )
    assert action(*records).stops
    restored = (
        records[0],
        rule("forward", 0, "mark", "ct mark"),
        rule("forward", 1, "drop", mark="0x9"),
    )
    assert action(*restored, tested=replace(TESTED, session_mark=9)).stops
    odd = (records[0], rule("forward", 0, "mark", "jhash"), rule("forward", 1, "drop", mark="0x9"))
    assert action(*odd) is FilterAction.UNKNOWN


@pytest.mark.parametrize("state", ["invalid", "untracked"])
@pytest.mark.parametrize("negated", [False, True])
@pytest.mark.parametrize("field", ["ct_direction", "ct_mark", "ct_status"])
def test_a_packet_without_a_session_fails_every_question_about_it(
    field: str, negated: bool, state: State
) -> None:
    looks = FilterRule(
        "nft", "inet", "t", "forward", 0, (Match(field, ("reply", "0x0"), negated),), "accept"
    )
    assert action(
        chain("forward", "forward", policy="drop"), looks, tested=TESTED.with_state(state)
    ).stops


def test_an_answer_that_begins_a_session_goes_in_its_original_direction() -> None:
    """A UDP reply at a box that never saw the request: conntrack calls it NEW."""
    records = (
        chain("forward", "forward", policy="drop"),
        rule("forward", 0, "accept", ct_direction="reply"),
    )
    assert action(*records, tested=replace(TESTED, reply=True)).stops
    assert not action(*records, tested=replace(TESTED, reply=True, state="established")).stops


def test_a_session_bears_the_mark_that_its_first_packet_was_given() -> None:
    """[c1] -- (r1) -- [s1]: prerouting marks what begins from the client's side, forward accepts
    that mark only"""
    mark = rule("pre", 0, "ct_mark", "0x42", ct_state="new", dport=443, iif="eth0")
    gate = (
        chain("forward", "forward", policy="drop"),
        rule("forward", 0, "accept", ct_mark="0x42"),
    )
    case = box(chain("pre", "prerouting"), mark, *gate).case(FLOW)
    found = read(case)
    out, back = (
        next(h for h in path.hops if h.name == "r1") for path in (found.forward, found.reverse)
    )
    assert not at_hop(case, out, "new").action.stops
    assert not at_hop(case, back, "established", "S.", reply=True).action.stops
    assert at_hop(case, back, "invalid", "S.", reply=True).action.stops


def test_an_accept_in_doubt_before_a_policy_that_drops_may_stop_the_packet() -> None:
    """New connections are accepted at a limited rate: the rest meets the policy, which is what is
    named."""
    records = (
        chain("forward", "forward", policy="drop"),
        rule("forward", 0, "accept", dport=443, limit="1/minute"),
    )
    found = filter_result(box(*records).case(FLOW), "r1", "forward", TESTED)
    assert (found.action, found.may_stop, found.words) == (
        FilterAction.UNKNOWN,
        True,
        "forward chain: policy drop",
    )
    limited = filter_result(
        box(records[0], replace(records[1], verdict="drop")).case(FLOW), "r1", "forward", TESTED
    )
    assert limited.action is FilterAction.DROP
    open_end = (
        chain("forward", "forward"),
        rule("forward", 0, "accept", dport=443, limit="1/minute"),
    )
    assert not filter_result(box(*open_end).case(FLOW), "r1", "forward", TESTED).may_stop


@pytest.mark.parametrize(
    ("link", "action_"),
    [
        ("eth1", FilterAction.DROP),
        ("eth0,eth1", FilterAction.DROP),
        ("eth0", FilterAction.ACCEPT),
        (None, FilterAction.UNKNOWN),
    ],
)
def test_a_list_at_the_egress_of_a_link(link: str | None, action_: FilterAction) -> None:
    """nft's JSON may leave out which link it is: then it may or may not be the packet's."""
    base = with_place(FilterChain("nft", "netdev", "t", "out", "egress", interface=link))
    drop = FilterRule("nft", "netdev", "t", "out", 0, (Match("dport", ((443, 443),)),), "drop")
    assert passage(box(base, drop).case(FLOW), "r1", TESTED).action is action_


@pytest.mark.parametrize(("shown", "stops"), [("1", True), ("0", False)])
def test_a_bridge_may_show_its_packets_to_the_filters_of_routed_ones(
    shown: str, stops: bool
) -> None:
    """They are seen on the bridge itself there, not on its ports."""
    net = box(chain("forward", "forward", policy="drop"), rule("forward", 0, "accept", iif="eth0"))
    case = net.case(FLOW)
    flow_count = replace(TESTED, bridge="br0", shown=shown == "1")
    assert passage(case, "r1", flow_count).action.stops is stops


def test_strict_check_of_the_source_by_a_rule() -> None:
    """The packet comes in by the interface that does not lead back to its source."""
    strict = FilterRule(
        "nft", "inet", "t", "pre", 0, (Match("fib", ("saddr . iif oif missing",)),), "drop"
    )
    assert action(
        chain("pre", "prerouting"), strict, tested=replace(TESTED, iif="eth1"), hook="prerouting"
    ).stops


def test_which_boxes_need_to_know_the_session() -> None:
    """[c1] -- (r1) -> <f1> -> (r2) -- [s1], back by <f2>: f2 would drop the reply, r1 would not"""
    net = pair()
    net.nft("f2", *STATEFUL)
    net.nft("r1", chain("forward", "forward"), rule("forward", 0, "accept", ct_state="established"))
    case = net.case(FLOW)
    back = read(case).reverse
    hops = {hop.name: hop for hop in back.hops}
    assert needs_state(case, hops["f2"], reply=True) is True
    assert needs_state(case, hops["r1"], reply=True) is False
    assert needs_state(case, hops["r2"], reply=True) is None
    assert at_hop(case, hops["f2"], "invalid", "S.").action is FilterAction.DROP
