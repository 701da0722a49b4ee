"""Questions for a hardware address that never come to the machine that has it: it is up, and the
link loses them.

[c1] -- (r9, a bridge) -- [s1], one network
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from collectors.model.evidence import Question
from collectors.model.records import Interface, Neighbour, Packet
from tests.analysis.topology import Net, Node
from workbench.analysis.case.verdict import Cause, Hypothesis, Verdict
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.evidence.read import read

FLOW = "tcp 10.0.7.10:4000 > 10.0.7.20:5432"
CLIENT, SERVER = "02:00:00:00:00:00", "02:00:00:00:01:00"
ASKED = tuple(
    Packet(at, "eth0", True, None, 28, arp="request who-has 10.0.7.20 tell 10.0.7.10")
    for at in (2, 3, 4)
)
OWN = tuple(
    Packet(at, "eth0", True, None, 28, arp="request who-has 10.0.7.10 tell 10.0.7.20")
    for at in (1, 6)
)


def lan(
    *heard: Packet,
    bridge: tuple[Packet, ...] | None = None,
    isolated: bool = False,
    up: bool = True,
) -> Verdict:
    """The client's entry for the server is dead; `heard` came in at the server."""
    net = Net()
    net.link("c1 10.0.7.10/24", "s1 10.0.7.20/24")
    net.tell(
        "c1", Question.NEIGHBOURS, Neighbour(ip_address("10.0.7.20"), "eth0", None, ("FAILED",))
    )
    net.capture("c1", *ASKED)
    net.capture("s1", *OWN, *heard)
    if not up:
        port = Interface(
            "eth0", 1, SERVER, 1500, False, addresses=tuple(net.nodes["s1"].interfaces["eth0"])
        )
        net.tell("s1", Question.INTERFACES, port)
    if bridge is not None:
        net.nodes["r9"] = Node("r9")
        ports = (
            Interface(f"p{n}", n, f"02:00:00:00:09:0{n}", 1500, True, "veth", "br0")
            for n in (1, 2, 3)
        )
        net.tell("r9", Question.INTERFACES, *(replace(one, isolated=isolated) for one in ports))
        net.capture("r9", *bridge)
    return judge(read(net.case(FLOW)))


def passing(*out: str) -> tuple[Packet, ...]:
    """What the bridge sees: the client's questions on p1, the server's own on p2; the client's go
    out by these."""
    came = [replace(one, interface="p1", outgoing=False, source_mac=CLIENT) for one in ASKED]
    own = [replace(one, interface="p2", outgoing=False, source_mac=SERVER) for one in OWN]
    went = [replace(one, interface=port, source_mac=CLIENT) for one in ASKED for port in out]
    return (*came, *own, *went)


def best(verdict: Verdict) -> Hypothesis:
    return verdict.best.hypothesis


def test_a_server_that_listens_and_hears_no_question_is_not_down() -> None:
    verdict = lan()
    assert best(verdict).cause is Cause.UNKNOWN_BEYOND_VISIBILITY
    assert best(verdict).summary.startswith(
        "c1 asked 3 times who has 10.0.7.20, and s1, which has it"
    )
    assert best(verdict).direction == "forward" and verdict.best.confidence <= 0.75


def test_a_server_that_hears_the_questions_and_answers_none_is_asked_further() -> None:
    heard = replace(ASKED[0], outgoing=False)
    assert "heard no question" not in str(lan(heard).as_dict())


def test_a_server_whose_port_is_down_hears_nothing_because_of_that() -> None:
    assert best(lan(up=False)).cause is Cause.HOST_DOWN


@pytest.mark.parametrize(
    ("isolated", "fixes", "sure"), [(True, ["fix_acl"], True), (False, [], False)]
)
def test_a_bridge_that_keeps_the_questions_from_the_servers_port(
    isolated: bool, fixes: list[str], sure: bool
) -> None:
    verdict = lan(bridge=passing("p3"), isolated=isolated)
    assert (best(verdict).cause, best(verdict).guilty_node) == (Cause.ACL_PATH, "r9")
    assert "none that comes in on p1 goes out of p2" in best(verdict).summary
    assert [fix.fix_class.value for fix in best(verdict).fixes] == fixes
    assert (verdict.best.confidence >= 0.8) is sure


def test_a_bridge_that_sends_them_on_is_not_to_explanation() -> None:
    assert best(lan(bridge=passing("p2", "p3"))).cause is Cause.UNKNOWN_BEYOND_VISIBILITY
