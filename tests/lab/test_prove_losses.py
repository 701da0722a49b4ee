"""Is a place that loses packets told from one that does not?"""

from __future__ import annotations

from workbench.lab.prove_losses import thinned
from workbench.lab.sniff import Seen, Trip
from workbench.lab.topologies import lab_named

IN_ROUTER, ON_LINK = lab_named("loss-udp"), lab_named("loss-on-link")
WAY = ("client", "r1", "r2", "r3", "server")


def trip(way: tuple[str, ...], protocol: int = 17, payload: int = 9) -> Trip:
    seen = Seen(0, way[0], True, "192.0.2.1", "203.0.113.2", (40000, 443), protocol, 0x10, payload, ())
    return Trip(seen, seen, way, ended_inside=True)


def test_the_declared_router_loses_a_share_of_the_requests() -> None:
    """client -- r1 -- r2 X r3 -- server"""
    forward = [trip(WAY)] * 40 + [trip(WAY[:3])] * 8
    assert [ok for ok, _ in thinned(forward, [trip(WAY[::-1])] * 40, IN_ROUTER)] == [True, True]


def test_another_router_that_loses_them_is_not_as_declared() -> None:
    (ok, text), _ = thinned([trip(WAY)] * 40 + [trip(WAY[:2])] * 8, [], IN_ROUTER)
    assert not ok and text == "8 of 48 packets of the requests were last seen at r1"


def test_the_other_direction_must_be_whole() -> None:
    replies = [trip(WAY[::-1])] * 40 + [trip(("server", "r3", "r2"))] * 8
    assert not list(thinned([], replies, IN_ROUTER))[1][0]


def test_a_link_that_loses_both_ways_is_seen_from_either_end() -> None:
    """client -- r1 =X= r2 -- r3 -- server"""
    forward = [trip(WAY)] * 40 + [trip(WAY[:2])] * 8
    reverse = [trip(WAY[::-1])] * 40 + [trip(("server", "r3", "r2"))] * 8
    assert all(ok for ok, _ in thinned(forward, reverse, ON_LINK))


def test_bare_acknowledgements_are_not_counted() -> None:
    (_, text), _ = thinned([trip(WAY[:1], 6, 0)] * 20 + [trip(WAY, 6)] * 20, [], ON_LINK)
    assert text == "none of 20 packets of the requests was lost"
