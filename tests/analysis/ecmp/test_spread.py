"""Which source ports take which way, and what share of them fails."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import NextHop, ProbeResult, RouteChoice
from tests.analysis.device.test_filtering import STATEFUL
from tests.analysis.topology import Net
from tests.analysis.trace.test_walk import FLOW, pair
from workbench.analysis.case.findings import Findings
from workbench.analysis.ecmp.spread import FailingShare, hashing, ports, questions, spread
from workbench.analysis.evidence.read import read

ASKED = tuple(range(40000, 40008))


def ecmp() -> Net:
    """[c1] -- (r1) < f1 | f2 > (r2) -- [s1]: r1 and r2 both spread over two firewalls"""
    net = pair()
    net.nodes["r1"].routes.pop()
    net.nodes["r2"].routes.pop()
    net.route("r1", "10.0.9.0/24", "10.0.2.2", "10.0.3.2")
    net.route("r2", "10.0.1.0/24", "10.0.4.2", "10.0.5.2")
    for name in ("f1", "f2"):
        net.nft(name, *STATEFUL)
    for name in ("c1", "r1", "r2", "s1"):
        net.nft(name)
    return net


def answer(net: Net, name: str, gateways: tuple[str, str], pick: int) -> None:
    """The device's answers: bit `pick` of the port chooses the gateway."""
    first = read(net.case(FLOW))
    query = next(i for i in questions(first, ASKED) if i.device == name)
    chosen = (
        NextHop(net.hop(name, g).interface, ip_address(g))
        for port in ASKED
        for g in [gateways[port >> pick & 1]]
    )
    records = (
        RouteChoice("unicast", hop, sport=port) for port, hop in zip(ASKED, chosen, strict=True)
    )
    net.answers.append((name, Question.ROUTE_SPREAD, tuple(records), query.params))


def asked(net: Net) -> Findings:
    """Both routers answer; they look at different bits."""
    answer(net, "r1", ("10.0.2.2", "10.0.3.2"), 0)
    answer(net, "r2", ("10.0.4.2", "10.0.5.2"), 1)
    return read(net.case(FLOW))


def test_the_devices_that_spread() -> None:
    found = hashing(read(ecmp().case(FLOW)))
    assert [(one.device, one.reverse) for one in found] == [("r1", False), ("r2", True)]
    assert found[0].flow.sport is None and found[1].flow.dport is None


def test_ports_that_come_back_by_the_other_firewall_fail() -> None:
    found = spread(asked(ecmp()))
    assert found is not None
    assert found.predicted == FailingShare(4, 8)
    failing = {way.reverse: way.ports for way in found.ways if way.fails}
    assert failing == {
        ("s1", "r2", "f2", "r1", "c1"): (40002, 40006),
        ("s1", "r2", "f1", "r1", "c1"): (40001, 40005),
    }
    assert found.working_port in (40000, 40003, 40004, 40007)
    assert found.culprit is None
    way = found.way(40001)
    assert way is not None and "does not know" in way.because


def test_one_leg_that_explains_all_failures() -> None:
    """r2 always comes back by f1: only what r1 sends by f2 fails"""
    net = ecmp()
    net.nodes["r2"].routes.pop()
    net.route("r2", "10.0.1.0/24", "10.0.4.2")
    answer(net, "r1", ("10.0.2.2", "10.0.3.2"), 0)
    found = spread(read(net.case(FLOW)))
    assert found is not None
    assert found.predicted == FailingShare(4, 8)
    assert found.culprit == ("r1", False, "f2")


def test_measured_against_predicted() -> None:
    net = ecmp()
    tried = [
        ProbeResult("connect", Flow.parse(FLOW).dst, ok=port % 4 in (0, 3), sport=port)
        for port in ASKED
    ]
    net.tell("c1", Question.PORT_SWEEP, *tried)
    found = spread(asked(net))
    assert found is not None
    assert found.measured == FailingShare(4, 8)
    assert found.agreement == FailingShare(8, 8)
    assert found.trusted


def test_a_kernel_that_hashes_otherwise_than_it_says() -> None:
    net = ecmp()
    tried = [
        ProbeResult("connect", Flow.parse(FLOW).dst, ok=port % 2 == 0, sport=port) for port in ASKED
    ]
    net.tell("c1", Question.PORT_SWEEP, *tried)
    found = spread(asked(net))
    assert found is not None
    assert found.agreement == FailingShare(4, 8)
    assert not found.trusted


def test_without_hashing_there_is_no_spread() -> None:
    assert spread(read(pair().case(FLOW))) is None
    assert questions(read(pair().case("icmp 10.0.1.10 > 10.0.9.10")), ASKED) == ()


def test_all_ephemeral_ports_or_a_sample() -> None:
    assert len(ports()) == 28232
    assert len(ports(64)) == 64 and ports(64)[0] == 32768


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"), [(0, 10, 0.0, 0.28), (5, 10, 0.24, 0.77), (0, 0, 0.0, 1.0)]
)
def test_the_interval_of_a_share(part: int, whole: int, low: float, high: float) -> None:
    found = FailingShare(part, whole).interval
    assert found == pytest.approx((low, high), abs=0.01)


def test_a_shared_session_saves_the_other_firewall() -> None:
    net = ecmp()
    for name in ("f1", "f2"):
        net.nodes[name].group = "pair"
        net.session(name, FLOW)
    found = spread(asked(net))
    assert found is not None and found.predicted == replace(found.predicted, part=0)
