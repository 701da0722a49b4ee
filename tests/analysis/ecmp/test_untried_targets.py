"""All that was seen went to good targets: is there one that the next connection may be sent to, and
is it well?"""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from collectors.model.evidence import Question, Status
from collectors.model.flow import Protocol
from collectors.model.records import Neighbour, Socket
from collectors.model.words import SCHEDULED
from tests.analysis.handshake import came, went
from tests.analysis.spelling import judged
from tests.analysis.topology import Net, packet
from tests.analysis.trace.test_targets import SERVERS, TURNS, VIP, answer, balanced, confirm, syn
from workbench.analysis.case.case import Case
from workbench.analysis.case.verdict import HEALTHY, Cause, FixClass, Outcome, Verdict
from workbench.analysis.ecmp.untried_targets import unmet
from workbench.analysis.evidence.read import read

S1 = f"{SERVERS['s1']}:443"


def data(sport: int, at: float, back: bool, to: str = VIP) -> object:
    """One byte, and what acknowledges it in the other direction."""
    client, server = 1000 * sport + 1, 7 * sport + 1
    flow = f"tcp {to} > 10.0.1.10:{sport}" if back else f"tcp 10.0.1.10:{sport} > {to}"
    seq, ack = (server, client + 40) if back else (client, server)
    one = packet(flow, "P.", seq, ack, at=at + (0.3 if back else 0.2), payload=40)
    return one


def closed(sport: int, at: float, back: bool, to: str = VIP) -> object:
    client, server = 1000 * sport + 41, 7 * sport + 41
    flow = f"tcp {to} > 10.0.1.10:{sport}" if back else f"tcp 10.0.1.10:{sport} > {to}"
    seq, ack = (server, client + 1) if back else (client, server)
    return packet(flow, "F.", seq, ack, at=at + (0.5 if back else 0.4))


def served(net: Net, *ports: int) -> Net:
    """Whole exchanges from these ports, all with s1."""
    client, turned, server = [], [], []
    for number, sport in enumerate(ports):
        at = 1.0 + number
        out = [made(sport, at) for made in (syn, confirm)]
        inner = [made(sport, at, S1) for made in (syn, confirm)]
        out += [data(sport, at, False), closed(sport, at, False)]
        inner += [data(sport, at, False, S1), closed(sport, at, False, S1)]
        home = [answer(sport, at + 0.05, "S."), data(sport, at, True), closed(sport, at, True)]
        turned_home = [
            answer(sport, at + 0.05, "S.", S1),
            data(sport, at, True, S1),
            closed(sport, at, True, S1),
        ]
        client += [*map(went, out), *map(came, home)]
        server += [*map(came, inner), *map(went, turned_home)]
        turned += [came(p, "eth0") for p in out] + [went(p, "eth1") for p in inner]
        turned += [came(p, "eth1") for p in turned_home] + [went(p, "eth0") for p in home]
    for name, packets in (("c1", client), ("l1", turned), ("s1", server)):
        net.capture(name, *sorted(packets, key=lambda p: p.time))
    return net


def verdict(net: Net, flow: str = f"tcp 10.0.1.10:* > {VIP}", *, silent: str = "") -> Verdict:
    return judged(read(_without(net.case(flow), silent)))


def _without(case: Case, silent: str) -> Case:
    """One device was asked, and never answered."""
    from dataclasses import replace

    def hushed(item):  # type: ignore[no-untyped-def]
        return replace(item, status=Status.NO_ANSWER, records=()) if item.device == silent else item

    return replace(case, evidence=tuple(map(hushed, case.evidence)))


def neighbour(net: Net, address: str, state: str) -> None:
    net.tell("l1", Question.NEIGHBOURS, Neighbour(ip_address(address), "eth1", None, (state,)))


def test_a_target_that_answers_nobody_is_told_though_all_attempts_met_the_other() -> None:
    net = served(balanced(*TURNS), 4001, 4002, 4003)
    neighbour(net, SERVERS["s2"], "FAILED")
    found = verdict(net, silent="s2")
    best = found.best.hypothesis
    assert (found.outcome, best.cause, best.guilty_node) == (Outcome.BROKEN, Cause.HOST_DOWN, "s2")
    assert found.best.confidence <= 0.7
    assert (
        "what was seen worked, at other targets; l1 may send the next connection to s2"
        in best.summary
    )
    assert best.would_settle.startswith("attempts until l1 sends one to s2")
    assert FixClass.REMOVE_BAD_LEG not in [fix.fix_class for fix in best.fixes], (
        "the rule was not told in words"
    )


def test_a_target_that_is_up_and_not_found_by_its_neighbour_lets_doubt() -> None:
    net = served(balanced(*TURNS), 4001, 4002)
    neighbour(net, SERVERS["s2"], "FAILED")
    found = verdict(net)
    assert found.best.hypothesis.cause in HEALTHY and found.best.confidence <= 0.6
    assert (
        "but l1 may send the next connection to s2, and there l1 gets no answer"
        in found.best.hypothesis.summary
    )


def test_a_target_on_which_nothing_listens() -> None:
    net = served(balanced(*TURNS), 4001, 4002)
    net.tell("s2", Question.LISTENERS, Socket(Protocol.TCP, "LISTEN", None, 22))
    found = verdict(net).best.hypothesis
    assert (found.cause, found.guilty_node) == (Cause.SERVICE_NOT_LISTENING, "s2")


def test_a_target_that_cannot_be_asked_lets_doubt() -> None:
    found = verdict(served(balanced(*TURNS), 4001, 4002), silent="s2")
    assert found.best.hypothesis.cause in HEALTHY and found.best.confidence <= 0.6
    assert (
        "l1 may send the next connection to s2, which cannot be asked"
        in found.best.hypothesis.reasons[0].text
    )


def test_nor_one_that_nobody_knows() -> None:
    others = (TURNS[0], ("10.0.2.99", {"unread": "numgen inc mod 2 1"}))
    found = verdict(served(balanced(*others), 4001, 4002))
    assert found.best.hypothesis.cause in HEALTHY and found.best.confidence <= 0.79


def test_targets_that_say_that_they_are_well_take_nothing_away() -> None:
    net = served(balanced(*TURNS), 4001, 4002)
    neighbour(net, SERVERS["s2"], "REACHABLE")
    found = verdict(net)
    assert found.best.hypothesis.cause in HEALTHY and found.best.confidence > 0.9


@pytest.mark.parametrize(
    ("choice", "flow", "may_change"),
    [
        ("numgen random mod 2 1", "*", True),
        ("jhash ip saddr . tcp sport mod 2 1", "*", True),
        ("jhash ip saddr . tcp sport mod 2 1", "4001", False),
        ("jhash ip saddr mod 2 1", "*", False),
        ("symhash mod 2 1", "4001", False),
        (f"{SCHEDULED},TCP 10.0.2.2:443 rr", "4001", True),
        (f"{SCHEDULED},TCP 10.0.2.2:443 sh", "*", False),
        (f"{SCHEDULED},TCP 10.0.2.2:443 wrr persistent 300", "*", False),
    ],
)
def test_what_a_hash_never_chooses_for_this_flow_is_no_target_of_it(
    choice: str, flow: str, may_change: bool
) -> None:
    rules = tuple((address, {"unread": choice}) for address in SERVERS.values())
    net = served(balanced(*rules), 4001)
    neighbour(net, SERVERS["s2"], "FAILED")
    found = read(net.case(f"tcp 10.0.1.10:{flow} > {VIP}"))
    assert bool(unmet(found)) is may_change
    assert (judged(found).best.confidence > 0.9) is not may_change


def test_a_range_gives_one_client_one_target() -> None:
    net = served(balanced(("10.0.2.10-10.0.2.11:443", {})), 4001)
    neighbour(net, SERVERS["s2"], "FAILED")
    assert verdict(net).best.confidence > 0.9
