"""By which neighbour is a missing route to go? By one that can bring packets nearer to their
target, or it is said that none is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.analysis.spelling import judged
from tests.analysis.topology import Net
from workbench.analysis.case.verdict import Cause
from workbench.analysis.evidence.read import read

FLOW = "tcp 10.0.1.10:4000 > 10.0.9.10:443"


def network(*silent: str, returns: bool = True) -> Net:
    """[c1] -- (r1) -- (r2) -- [s1]; r1 has no route to the network of s1."""
    net = Net()
    net.link("c1 10.0.1.10/24", "r1 10.0.1.1/24")
    net.link("r1 10.0.2.1/24", "r2 10.0.2.2/24")
    net.link("r2 10.0.9.1/24", "s1 10.0.9.10/24")
    net.route("c1", "default", "10.0.1.1")
    net.route("s1", "default", "10.0.9.1")
    if returns:
        net.route("r2", "10.0.1.0/24", "10.0.2.1")
    for name in silent:
        net.nodes[name].silent = True
    return net


def fix(net: Net) -> tuple[str, ...]:
    """The commands of the first fix of the route that is missing."""
    best = judged(read(net.case(FLOW))).best.hypothesis
    assert (best.cause, best.guilty_node) == (Cause.NO_FORWARD_ROUTE, "r1")
    return best.fixes[0].commands


BY_R2 = "ip route replace 10.0.9.10/32 via 10.0.2.2 dev eth1"


def test_the_neighbour_by_which_answers_come() -> None:
    assert fix(network()) == (BY_R2,)


def test_a_router_that_cannot_be_asked_and_has_the_target_on_its_link() -> None:
    assert fix(network("r2", "s1")) == (BY_R2,)
    assert fix(network("r2", "s1", "c1")) == (BY_R2,)


def test_a_router_that_answers_would_not_take() -> None:
    assert fix(network(returns=False)) == (BY_R2,)


def test_the_client_is_no_gateway_to_the_server() -> None:
    """The router that the answers come by is not known: nobody is named, rather than the client."""
    net = network()
    net.nodes["r2"].unmanaged = True
    [command] = fix(net)
    assert command == "# add a route to 10.0.9.10 on r1: no neighbour on the way is known"


def test_a_router_on_neither_path_that_has_the_target_on_its_link() -> None:
    net = network()
    net.nodes["r2"].unmanaged = True
    net.link("r1 10.0.3.1/24", "r3 10.0.3.2/24")
    net.link("r3 10.0.9.3/24")
    net.nodes["r3"].silent = True
    assert fix(net) == ("ip route replace 10.0.9.10/32 via 10.0.3.2 dev eth2",)


def test_a_host_beside_it_is_no_gateway() -> None:
    net = network("s1", returns=False)
    net.nodes["r2"].unmanaged = True
    net.link("h1 10.0.2.2/24", "h1 10.0.9.2/24")
    net.nodes["h1"].silent = True
    [command] = fix(net)
    assert command.startswith("# ")


def test_a_router_that_passes_nothing_on_is_no_gateway() -> None:
    net = network()
    off = {f"net__ipv4__conf__eth{number}__forwarding": 0 for number in (0, 1)}
    net.setting("r2", **off)
    [command] = fix(net)
    assert command.startswith("# ")


@pytest.mark.parametrize(
    ("platform", "command"),
    [
        ("linux", "`ip route get`"),
        ("bsd", "`route -n get`"),
        ("windows", "`Find-NetRoute`"),
        ("unheard-of", "a route lookup"),
    ],
)
def test_what_would_decide_is_a_command_of_the_device_that_is_asked(
    platform: str, command: str
) -> None:
    case = network().case(FLOW)
    devices = tuple(replace(one, platform=platform) for one in case.inventory.devices)
    case = replace(case, inventory=replace(case.inventory, devices=devices))
    best = judged(read(case)).best.hypothesis
    assert best.would_settle == f"{command} on r1 for exactly this packet"
    assert best.refuted_by == f"{command} on r1 naming a next hop for this flow"
