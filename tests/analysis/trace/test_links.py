"""Who is on a link, where addresses are used twice?"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

from tests.analysis.topology import Net
from workbench.analysis.case.case import Case
from workbench.analysis.trace.links import elsewhere

FLOW = "tcp 10.0.1.1:4000 > 10.0.1.2:443"


def two_sites() -> Net:
    """(r1) - (r2) here, (r3) - (r4) there, with the same addresses"""
    net = Net()
    net.link("r1 10.0.1.1/24", "r2 10.0.1.2/24")
    net.link("r3 10.0.1.1/24", "r4 10.0.1.2/24")
    return net


def rivals(case: Case) -> list[str]:
    """Who may hold 10.0.1.2 on r1's link?"""
    holders = case.holders(ip_address("10.0.1.2"))
    return [port.device for port in holders if not elsewhere(case, port, "r1", "eth0")]


def test_nothing_tells_two_holders_apart() -> None:
    assert rivals(two_sites().case(FLOW)) == ["r2", "r4"]


def test_a_holder_with_another_neighbour_of_our_address_is_on_another_link() -> None:
    net = two_sites()
    net.neighbour("r4", "10.0.1.1", of="r3")
    assert rivals(net.case(FLOW)) == ["r2"]


def test_a_holder_of_another_site_is_on_another_link() -> None:
    case = two_sites().case(FLOW)
    devices = (
        replace(one, site="two" if one.name in ("r3", "r4") else "one")
        for one in case.inventory.devices
    )
    assert rivals(replace(case, inventory=replace(case.inventory, devices=tuple(devices)))) == [
        "r2"
    ]
