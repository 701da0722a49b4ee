"""A device whose forwarding is off passes nothing on, whatever its routes say."""

from __future__ import annotations

from tests.analysis.topology import Net
from workbench.analysis.case.findings import Disposition
from workbench.analysis.evidence.read import read

FLOW = "tcp [2001:db8:1::10]:4000 > [2001:db8:9::10]:443"


def net(forwarding: int) -> Net:
    """[c1] -- (h1) -- [s1]; h1 is asked for exactly this packet and names a next hop."""
    found = Net()
    found.link("c1 2001:db8:1::10/64", "h1 2001:db8:1::1/64")
    found.link("h1 2001:db8:9::1/64", "s1 2001:db8:9::10/64")
    found.route("c1", "::/0", "2001:db8:1::1")
    found.route("s1", "::/0", "2001:db8:9::1")
    found.choice("h1", FLOW, "%eth1", "eth0")
    found.setting("h1", net__ipv6__conf__all__forwarding=forwarding)
    return found


def test_the_answer_for_one_ipv6_packet_does_not_tell_whether_the_device_forwards() -> None:
    path = read(net(0).case(FLOW)).forward
    assert (path.names, path.disposition) == (("c1", "h1"), Disposition.NO_ROUTE)
    assert not path.hops[-1].forwards


def test_a_device_that_forwards_passes_it_on() -> None:
    path = read(net(1).case(FLOW)).forward
    assert (path.names, path.disposition) == (("c1", "h1", "s1"), Disposition.DELIVERED)
    assert all(hop.forwards for hop in path.hops)
