"""What the real packets carry is a part of the question: type of service to routing, the bits of
ECN to filters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from collectors.model.evidence import Evidence, Status
from collectors.model.flow import Flow
from collectors.model.records import Match, NextHop, RouteChoice
from collectors.offline.recording import params_dict, params_from
from collectors.platforms.linux.routes import ask_choice
from tests.analysis.handshake import came
from tests.analysis.topology import Net, chain, packet, rule
from tests.analysis.trace.test_walk import FLOW, line
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Disposition
from workbench.analysis.device.filtering import FilterAction
from workbench.analysis.device.hop_filtering import at_hop
from workbench.analysis.device.route_answers import choice, query
from workbench.analysis.evidence.read import read

ECN = ("ecn,cwr", "ecn,cwr")


def voice(tos: int | None) -> Case:
    """[c1] -- (r1) -- (r2) -- [s1]; r2 sends what has tos 0x10 into a null route; its capture saw
    such a SYN."""
    net = line("r1", "r2")
    net.rule("r2", 100, "200", tos=0x10)
    net.route("r2", "0.0.0.0/0", table="200", kind="blackhole")
    if tos is not None:
        net.capture("r2", came(packet(FLOW, "S", tos=tos)))
    return net.case(FLOW)


@pytest.mark.parametrize(
    ("tos", "disposition"),
    [
        (0x10, Disposition.BLACKHOLE),
        (0x12, Disposition.BLACKHOLE),
        (0, Disposition.DELIVERED),
        (0x08, Disposition.DELIVERED),
        (None, Disposition.DELIVERED),
    ],
)
def test_a_rule_for_the_type_of_service_is_followed_by_what_the_packets_carry(
    tos: int | None, disposition: Disposition
) -> None:
    """The bits of ECN are no part of it."""
    assert read(voice(tos)).forward.disposition is disposition


def test_the_device_is_asked_with_the_type_of_service() -> None:
    params = query("r2", Flow.parse(FLOW), "eth0", None, 0x10).params
    assert (ask_choice(params) or "").count(" tos 0x10 ") == 1
    assert params_from(params_dict(params)) == params


@pytest.mark.parametrize(("asked", "used"), [(0x10, True), (None, False)])
def test_only_an_answer_about_such_packets_tells_where_they_go(
    asked: int | None, used: bool
) -> None:
    case = voice(0x10)
    question = query("r2", Flow.parse(FLOW), "eth0", None, asked)
    answer = Evidence(
        "own", question, Status.ANSWERED, records=(RouteChoice("unicast", NextHop("eth1")),)
    )
    case = replace(case, evidence=(*case.evidence, answer))
    assert (choice(case, "r2", Flow.parse(FLOW), "eth0", None) is not None) is used


def box(flags: str | None, *matches: Match) -> FilterAction:
    """[c1] -- (r1) -- [s1] with this rule on r1, whose capture saw a SYN with these flags come
    in."""
    net: Net = line("r1")
    net.nft("r1", chain("forward", "forward"), replace(rule("forward", 0, "drop"), matches=matches))
    if flags is not None:
        net.capture("r1", came(packet(FLOW, flags)))
    case = net.case(FLOW)
    hop = next(one for one in read(case).forward.hops if one.device == "r1")
    return at_hop(case, hop, "new", "S").action


@pytest.mark.parametrize(
    ("flags", "action"),
    [("SEW", FilterAction.DROP), ("S", FilterAction.ACCEPT), (None, FilterAction.UNKNOWN)],
)
def test_a_rule_about_ecn_is_tried_with_the_bits_that_the_real_packets_have(
    flags: str | None, action: FilterAction
) -> None:
    assert box(flags, Match("tcp_flags", (ECN,))) is action


@pytest.mark.parametrize("flags", ["SEW", "S", None])
def test_what_iptables_calls_all_flags_has_no_ecn_among_them(flags: str | None) -> None:
    assert box(flags, Match("tcp_flags", (("ALL", "SYN"),))) is FilterAction.DROP
    assert box(flags, Match("tcp_flags", (("FIN,SYN,RST,ACK", "SYN"),))) is FilterAction.DROP
