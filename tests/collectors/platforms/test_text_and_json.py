"""Text and JSON of the same answer say the same."""

from __future__ import annotations

from dataclasses import replace

from collectors.answering import reading_of
from collectors.model.answer import Output, ParseResult
from collectors.model.evidence import Question
from collectors.model.records import FilterChain, FilterRule, Interface, PolicyRule, Route
from tests.collectors.platforms.asking import ABOUT, platform, read
from tests.collectors.platforms.samples import samples


def of(name: str) -> ParseResult:
    return next(sample for sample in samples() if sample.id == name).reading()


def test_nft_says_the_same_as_text_and_as_json() -> None:
    """What nft's JSON of that version leaves out (the device of an ingress chain, names of
    generators) aside."""
    shown, from_json = of("linux/filter/every-statement-text"), of("linux/filter/every-statement")
    assert rules(shown) == rules(from_json)
    chains = {replace(c, interface=None) for c in shown.records if isinstance(c, FilterChain)}
    assert chains == {c for c in from_json.records if isinstance(c, FilterChain)}


def rules(reading: ParseResult) -> list[FilterRule]:
    found = [replace(r, handle=None, text="") for r in reading.records if isinstance(r, FilterRule)]
    return [r for r in found if not any(m.field == "unread" for m in r.matches)]


def test_rules_say_the_same() -> None:
    shown = of("linux/rules/text").records
    expected = [
        replace(r, version=None)
        for r in of("linux/rules/marked").records
        if isinstance(r, PolicyRule) and r.version == 4
    ]
    assert [replace(r, version=None) for r in shown if isinstance(r, PolicyRule)] == expected


def test_interfaces_say_the_same() -> None:
    shown = [
        replace(i, kind=None)
        for i in of("linux/interfaces/text").records
        if isinstance(i, Interface)
    ]
    expected = [
        replace(i, kind=None)
        for i in of("linux/interfaces/veths").records
        if isinstance(i, Interface)
    ]
    assert shown == expected


def test_routes_of_all_kinds_as_text() -> None:
    text = (
        "default via 192.0.2.1 dev eth0 proto dhcp src 192.0.2.20 metric 100 mtu 1400 onlink\n"
        "198.18.1.0/24 \n\tnexthop via 192.0.2.1 dev eth0 weight 1 \n"
        "\tnexthop via 198.51.100.1 dev eth1 weight 3 dead linkdown \n"
        "unreachable 198.18.8.0/24 table 7 metric 5\n"
        "default via fe80::1 dev eth0 proto ra metric 1024 expires 1700sec pref medium\n"
        "198.18.5.0/24 via inet6 2001:db8::1 dev eth0\n"
    )
    reading = read(Question.ROUTES, text)
    first, second, third, fourth, fifth = (r for r in reading.records if isinstance(r, Route))
    assert (first.mtu, first.metric, str(first.source)) == (1400, 100, "192.0.2.20")
    assert [(h.weight, h.up) for h in second.next_hops] == [(1, True), (3, False)]
    assert (third.kind, third.table, third.metric, third.next_hops) == ("unreachable", "7", 5, ())
    assert str(fourth.destination) == "::/0" and str(fifth.next_hops[0].gateway) == "2001:db8::1"


def test_rules_of_all_kinds_as_text() -> None:
    text = (
        "5:\tnot from 10.0.0.0/8 to 203.0.113.7 iif eth0 oif eth1 fwmark 0x1/0xff ipproto tcp sport"
        " 1-100 dport 443 tos 0x10 lookup 100\n6:\tfrom all uidrange 0-99 blackhole\n7:\tfrom all"
        " goto 9 [unresolved]\n8:\tfrom all nop\n9:\tfrom 2001:db8::/32 lookup main\n"
    )
    first, second, third, fourth, fifth = (
        r for r in read(Question.RULES, text).records if isinstance(r, PolicyRule)
    )
    assert (first.inverted, first.mark, first.mask, first.sport, first.dport, first.tos) == (
        True,
        1,
        255,
        (1, 100),
        (443, 443),
        16,
    )
    assert (second.action, second.unread) == ("blackhole", ("uidrange 0-99",))
    assert (third.action, third.goto, fourth.action) == ("goto", 9, "nop")
    assert (first.version, second.version, fifth.version) == (4, None, 6)


def test_a_routing_daemons_table_as_text() -> None:
    text = (
        "Codes: K - kernel route, C - connected, S - static, R - RIP,\n       O - OSPF, B - BGP, T"
        " - Table\n       > - selected route, * - FIB route\n\nIPv4 unicast VRF default:\nB>*"
        " 203.0.113.0/24 [20/5] via 198.51.100.2, swp1, weight 1, 00:01:02\n  *                    "
        "  via 198.51.100.3, swp2, weight 3, 00:01:02\nC>* 198.51.100.0/24 is directly connected,"
        " swp1, 00:05:00\nS>* 10.0.0.0/8 [1/0] unreachable (blackhole), 00:01:00\n"
    )
    reading = reading_of(platform("frr"), Question.NEXTHOP_SETS, Output(text.encode()), ABOUT)
    bgp, linked, hole = (r for r in reading.records if isinstance(r, Route))
    assert reading.unread == ()
    assert (bgp.protocol, bgp.metric, [(str(h.gateway), h.interface, h.weight) for h in bgp.next_hops]) == (
        "bgp", 5, [("198.51.100.2", "swp1", 1), ("198.51.100.3", "swp2", 3)],
    )  # fmt: skip
    assert linked.next_hops[0].interface == "swp1" and (hole.kind, hole.next_hops) == (
        "blackhole",
        (),
    )
