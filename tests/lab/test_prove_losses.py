"""Is a place that loses packets distinguished from one that does not?"""

from __future__ import annotations

from workbench.lab.prove.losses import thinned
from workbench.lab.prove.sniff import SniffedPacket
from workbench.lab.topologies import lab_named

IN_ROUTER, ON_LINK = lab_named("loss-udp"), lab_named("loss-on-link")
SECOND = 10**9
OUT, BACK = ("client", "r1", "r2", "r3", "server"), ("server", "r3", "r2", "r1", "client")


def journey(
    way: tuple[str, ...], mark: str, upto: str = "", leaves: bool = False, at: int = 2 * SECOND
) -> list[SniffedPacket]:
    """One packet at each node of its way; `upto` = the last that sees it, and whether it leaves
    that one."""
    found = []
    for node in way:
        for outgoing in (False, True):
            found.append(
                SniffedPacket(
                    at, node, outgoing, "192.0.2.1", "203.0.113.2", (1, 2), 17, 0, 9, (mark,)
                )
            )
            if node == upto and outgoing is leaves:
                return found
    return found


def packets(
    way: tuple[str, ...], whole: int, lost: int = 0, upto: str = "", leaves: bool = False
) -> list[SniffedPacket]:
    """So many that arrive, and so many that do not; all look alike."""
    one, other = journey(way, way[0]), journey(way, way[0], upto, leaves)
    around = [*journey(way, "begins", at=SECOND), *journey(way, "ends", at=9 * SECOND)]
    return [*around, *one * whole, *other * lost]


def proved(
    forward: list[SniffedPacket], reverse: list[SniffedPacket], lab: object = IN_ROUTER
) -> list[tuple[bool, str]]:
    marks: tuple[set[object], set[object]] = ({("client",)}, {("server",)})
    return list(thinned([*forward, *reverse], marks, lab))  # type: ignore[arg-type]


def test_the_declared_router_loses_a_share_of_the_requests() -> None:
    """client -- r1 -- r2 X r3 -- server"""
    found = proved(packets(OUT, 40, 8, "r2"), packets(BACK, 40))
    assert found == [
        (True, "8 of 48 packets of the requests were last seen at r2"),
        (True, "none of 40 packets of the replies was lost"),
    ]


def test_another_router_that_loses_them_is_not_as_declared() -> None:
    (ok, text), _ = proved(packets(OUT, 40, 8, "r1"), [])
    assert not ok and text == "8 of 48 packets of the requests were last seen at r1"


def test_the_other_direction_must_be_whole() -> None:
    assert [ok for ok, _ in proved(packets(OUT, 40, 8, "r2"), packets(BACK, 40, 8, "r2"))] == [
        True,
        False,
    ]


def test_a_link_that_loses_both_ways_is_seen_from_either_end() -> None:
    """client -- r1 =X= r2 -- r3 -- server"""
    lost = packets(OUT, 40, 8, "r1", leaves=True), packets(BACK, 40, 8, "r2", leaves=True)
    assert [ok for ok, _ in proved(*lost, ON_LINK)] == [True, True]


def test_what_was_sent_before_all_watched_is_not_lost() -> None:
    """The capture on r1 began later than the client's."""
    early = [packet for packet in journey(OUT, "early", at=0) if packet.node == "client"]
    marks: tuple[set[object], set[object]] = ({("client",), ("early",)}, set())
    _, text = next(thinned([*early, *packets(OUT, 40)], marks, IN_ROUTER))
    assert text == "none of 40 packets of the requests was lost"
