"""Walks past devices that cannot be asked, or that answered only in part."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from collectors.model.evidence import Question
from collectors.model.inventory import Inventory
from collectors.model.records import Neighbour, TraceReply, Traceroute
from tests.analysis.topology import Net, packet
from tests.analysis.trace.test_walk import BACK, FLOW, line
from workbench.analysis.case.findings import Disposition
from workbench.analysis.evidence.read import read


def test_two_unmanaged_hops_that_a_traceroute_shows() -> None:
    """[c1] -- (r1) -- 10.0.2.1 -- 10.0.3.1 -- (r4) -- [s1]"""
    net = line("r1", "r2", "r3", "r4")
    net.nodes["r2"].unmanaged = net.nodes["r3"].unmanaged = True
    heard = ["10.0.1.1", "10.0.2.1", "10.0.3.1", "10.0.4.1", "10.0.9.10"]
    replies = tuple(TraceReply(ttl, ip_address(address)) for ttl, address in enumerate(heard, 1))
    net.tell("c1", Question.TRACE, Traceroute(ip_address("10.0.9.10"), "udp", replies))
    found = read(net.case(FLOW))
    assert found.forward.names == ("c1", "r1", "10.0.2.1", "10.0.3.1", "r4", "s1")


def test_without_a_traceroute_an_unmanaged_hop_is_followed_to_the_device_that_answers_through_it() -> (
    None
):
    """The same, and nobody tells how many hops there are between: the path goes on at r4."""
    net = line("r1", "r2", "r3", "r4")
    net.nodes["r2"].unmanaged = net.nodes["r3"].unmanaged = True
    found = read(net.case(FLOW))
    assert found.forward.names == ("c1", "r1", "10.0.2.1", "r4", "s1")


def test_a_device_that_did_not_tell_its_interfaces() -> None:
    """[c1] -- (r1) -- [s1]: r1 showed its routes only, and they name the interfaces too"""
    case = line("r1").case(FLOW)
    kept = tuple(e for e in case.evidence if (e.device, e.question) != ("r1", Question.INTERFACES))
    found = read(replace(case, evidence=kept))
    hop = found.forward.hop("r1")
    assert hop is not None and (hop.iif, hop.oif) == ("eth0", "eth1")


def test_a_device_that_did_not_tell_its_routes() -> None:
    """[c1] -- (r1) -- [s1]: r1 showed its interfaces only; the destination is on one of its
    links"""
    case = line("r1").case(FLOW)
    kept = tuple(e for e in case.evidence if (e.device, e.question) != ("r1", Question.ROUTES))
    found = read(replace(case, evidence=kept))
    assert found.forward.names == ("c1", "r1", "s1")
    assert "routes are not known" in found.forward.hops[1].decided


def test_a_host_of_nobody_on_a_segment_with_another_router() -> None:
    """[c1] -- (r1) -- 10.0.9.77, (r5): r5 is on the segment too, but does not have the address"""
    net = line("r1")
    net.link("r5 10.0.9.5/24")
    found = read(net.case(FLOW.replace("10.0.9.10", "10.0.9.77")))
    assert found.forward.names == ("c1", "r1", "10.0.9.77")


def test_a_server_that_tells_nothing_and_has_no_declared_address() -> None:
    """[c1] -- (r1) -- [s1]: the only server of the inventory must be the one that the flow is
    for"""
    net = line("r1")
    net.nodes["s1"].silent = True
    case = net.case(FLOW)
    bare = tuple(replace(d, addresses=()) if d.name == "s1" else d for d in case.inventory.devices)
    found = read(replace(case, inventory=Inventory(bare)))
    assert found.forward.names == ("c1", "r1", "s1")
    assert found.reverse.names == ("s1", "r1", "c1")


def test_a_capture_further_on_does_not_skip_a_router_that_was_not_watched() -> None:
    """[c1] -- (r1) -- 10.0.2.1 -- (r3) -- [s1]: the client saw the answer come in, r1 could not
    capture"""
    net = line("r1", "r2", "r3")
    net.nodes["r2"].unmanaged = True
    answer = packet(BACK, "S.")
    net.capture("r3", replace(answer, interface="eth0", outgoing=True, ttl=63))
    net.capture("c1", replace(answer, interface="eth0", outgoing=False, ttl=61))
    assert read(net.case(FLOW)).reverse.names == ("s1", "r3", "10.0.3.2", "r1", "c1")


def test_a_silent_device_between_two_that_answer() -> None:
    """[c1] -- (r1) -> (r2) -> (r4) -- [s1], back by (r3), which cannot be asked: only r1 is on its
    other subnet"""
    net = Net()
    net.link("c1 10.0.1.10/24", "r1 10.0.1.1/24")
    net.link("r1 10.0.2.1/24", "r2 10.0.2.2/24")
    net.link("r1 10.0.3.1/24", "r3 10.0.3.2/24")
    net.link("r2 10.0.4.2/24", "r4 10.0.4.1/24")
    net.link("r3 10.0.5.2/24", "r4 10.0.5.1/24")
    net.link("r4 10.0.9.1/24", "s1 10.0.9.10/24")
    net.route("c1", "default", "10.0.1.1")
    net.route("s1", "default", "10.0.9.1")
    net.route("r1", "10.0.9.0/24", "10.0.2.2")
    net.route("r2", "10.0.9.0/24", "10.0.4.1")
    net.route("r4", "10.0.1.0/24", "10.0.5.2")
    net.nodes["r3"].silent = True
    assert read(net.case(FLOW)).reverse.names == ("s1", "r4", "r3", "r1", "c1")


def _around_by_nobody() -> Net:
    """[c1] -- (r1) -> (r2) -> (r4) -- [s1], back by 10.0.5.2, which nobody in the inventory has"""
    net = Net()
    net.link("c1 10.0.1.10/24", "r1 10.0.1.1/24")
    net.link("r1 10.0.2.1/24", "r2 10.0.2.2/24")
    net.link("r2 10.0.4.2/24", "r4 10.0.4.1/24")
    net.link("r4 10.0.5.1/24")
    net.link("r4 10.0.9.1/24", "s1 10.0.9.10/24")
    net.route("c1", "default", "10.0.1.1")
    net.route("s1", "default", "10.0.9.1")
    net.route("r1", "10.0.9.0/24", "10.0.2.2")
    net.route("r2", "10.0.9.0/24", "10.0.4.1")
    net.route("r4", "10.0.1.0/24", "10.0.5.2")
    return net


def test_whatever_lies_between_the_only_router_of_the_destination_is_the_last_hop() -> None:
    assert read(_around_by_nobody().case(FLOW)).reverse.names == (
        "s1",
        "r4",
        "10.0.5.2",
        "r1",
        "c1",
    )


def test_with_two_routers_at_the_destination_nothing_tells_which_is_the_last_hop() -> None:
    net = _around_by_nobody()
    net.link("r7 10.0.1.7/24")
    found = read(net.case(FLOW)).reverse
    assert found.names == ("s1", "r4", "10.0.5.2") and found.disposition is Disposition.INVISIBLE


def test_nothing_lies_beyond_a_gateway_that_does_not_answer() -> None:
    net = _around_by_nobody()
    net.tell(
        "r4", Question.NEIGHBOURS, Neighbour(ip_address("10.0.5.2"), "eth1", None, ("FAILED",))
    )
    assert read(net.case(FLOW)).reverse.names == ("s1", "r4", "10.0.5.2")


def test_of_two_captures_beyond_the_higher_ttl_comes_first_whatever_the_clocks_say() -> None:
    """Back by 10.0.5.2 again: c1's clock is ahead, and r7 is on its subnet, too"""
    net = _around_by_nobody()
    net.link("r7 10.0.1.7/24")
    answer = packet(BACK, "S.", at=2.0)
    net.capture("r1", replace(answer, interface="eth1", outgoing=False, ttl=61))
    net.capture("c1", replace(answer, time=1.9, interface="eth0", outgoing=False, ttl=60))
    assert read(net.case(FLOW)).reverse.names == ("s1", "r4", "10.0.5.2", "r1", "c1")


def test_an_unmanaged_translator_shows_in_the_captures_around_it() -> None:
    """[c1] -- 10.0.1.1 -- (r2) -- [s1]: behind the router of nobody the same SYN has another
    source"""
    net = line("n1", "r2")
    net.nodes["n1"].unmanaged = True
    behind = FLOW.replace("10.0.1.10", "10.0.2.2")
    net.capture("c1", packet(FLOW, "S", outgoing=True, interface="eth0", ttl=64))
    net.capture("r2", packet(behind, "S", outgoing=False, interface="eth0", ttl=62))
    found = read(net.case(FLOW))
    assert (found.forward.names, str(found.forward.hops[-1].flow_in)) == (
        ("c1", "10.0.1.1", "r2", "s1"),
        behind,
    )
    assert found.reverse.names == ("s1", "r2", "10.0.2.2", "c1")
    assert str(found.reverse.hops[2].flow_out) == BACK


@pytest.mark.parametrize(("forwards", "names"), [(0, ("c1",)), (1, ("c1", "h1"))])
def test_a_host_that_passes_nothing_on_is_not_thought_to_be_a_router(
    forwards: int, names: tuple[str, ...]
) -> None:
    """[c1: silent] - (wire) - [h1: default by r9]: two sites may number alike, and h1 has nothing
    to do with c1."""
    net = Net()
    net.link("c1 10.0.1.10/24", "h1 10.0.1.2/24")
    net.link("h1 10.0.5.1/24", "r9 10.0.5.9/24")
    net.route("h1", "default", "10.0.5.9")
    net.nodes["c1"].silent = net.nodes["r9"].silent = True
    net.setting("h1", net__ipv4__conf__eth0__forwarding=forwards)
    found = read(net.case("tcp 10.0.1.10:4000 > 10.0.9.10:443"))
    assert found.forward.names[: len(names)] == names
    assert ("h1" in found.forward.names) is bool(forwards)
