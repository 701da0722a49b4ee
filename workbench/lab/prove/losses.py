"""Proves from captures of all nodes that a place loses some packets, and no other place does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from workbench.analysis.case.verdict import Direction
from workbench.lab.declare.words import Lab, Truth
from workbench.lab.prove.sniff import SniffedPacket

HURTS, HARMLESS = 0.03, 0.02  # shares of the packets
FEW = 3
Point = tuple[str, bool]  # a node, and whether the packets leave it
# how often each mark was seen: what is sent again counts again
Counts = Counter[tuple[object, ...]]


def thinned(
    seen: Sequence[SniffedPacket], marks: tuple[set[object], set[object]], lab: Lab
) -> Iterator[tuple[bool, str]]:
    """For each direction: is it thinned out at the declared place, or not at all? With what was
    seen in words.

    `marks` are those of the packets that the client sent to the service, and of those that the
    server sent back.
    """
    truth = lab.truth
    ways = (
        ("requests", truth.forward, Direction.FORWARD),
        ("replies", truth.reverse, Direction.REVERSE),
    )
    for (name, way, own), mine in zip(ways, marks, strict=True):
        hops = way.split()
        mine = mine - _at_the_edges(seen, hops, lab.lag)
        points = {point: _counts(seen, mine, point) for point in _points(hops)}
        lost, sent = losses_of(points), points[hops[0], True].total()
        guilty = truth.direction in (own, Direction.BOTH)
        yield _as_declared(lost, sent, _places(truth, hops), guilty), _words(name, lost, sent)


def _at_the_edges(seen: Sequence[SniffedPacket], hops: list[str], lag: float) -> set[object]:
    """The marks of packets that the first node sent while not every other watched: captures begin
    one after another."""
    times = {hop: [one.time for one in seen if one.node == hop] or [0] for hop in hops}
    since, until = (
        max(map(min, times.values())),
        min(map(max, times.values())) - int((0.3 + lag) * 1e9),
    )
    return {
        one.mark
        for one in seen
        if one.node == hops[0] and one.outgoing and not since <= one.time <= until
    }


def _points(hops: list[str]) -> Iterator[Point]:
    """Where a packet is seen on its way: as it comes into each node and as it leaves it."""
    yield hops[0], True
    for node in hops[1:-1]:
        yield from ((node, False), (node, True))
    yield hops[-1], False


def _counts(seen: Iterable[SniffedPacket], marks: set[object], point: Point) -> Counts:
    return Counter(
        one.mark for one in seen if (one.node, one.outgoing) == point and one.mark in marks
    )


def losses_of(points: dict[Point, Counts]) -> Counter[str]:
    """How many packets were last seen at each node? What any later point saw has passed."""
    names, found = list(points), Counter[str]()
    for number, point in enumerate(names[:-1]):
        later: Counts = Counter()
        for other in names[number + 1 :]:
            later |= points[other]
        found[point[0]] += sum((points[point] - later).values())
    return +found


def _places(truth: Truth, hops: list[str]) -> set[str]:
    """Who may have seen them last: the guilty one, or what sends into its link where both
    directions lose."""
    at = hops.index(truth.guilty or "")
    before = {hops[at - 1]} if at and truth.direction is Direction.BOTH else set()
    return {truth.guilty or "", *before}


def _as_declared(lost: Counter[str], sent: int, places: set[str], guilty: bool) -> bool:
    most, times = lost.most_common(1)[0] if lost else ("", 0)
    few = times < FEW
    if not guilty:
        return few or times < HARMLESS * sent
    mostly_there = most in places and 2 * times > lost.total()
    return mostly_there and not few and times >= HURTS * sent


def _words(name: str, lost: Counter[str], sent: int) -> str:
    if not lost:
        return f"none of {sent} packets of the {name} was lost"
    node, times = lost.most_common(1)[0]
    return f"{times} of {sent} packets of the {name} were last seen at {node}"
