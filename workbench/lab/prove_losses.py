"""Proves from packets that were followed that a place loses some of them, and no other place does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from workbench.analysis.verdict import Direction
from workbench.lab.declare import Lab, Truth
from workbench.lab.sniff import Seen, Trip

HURTS, HARMLESS = 0.03, 0.02  # shares of the packets
FEW = 3
TCP, SYN_OR_FIN = 6, 0x03


def losses_of(trips: Sequence[Trip], way: str) -> Counter[str]:
    """The nodes at which packets of one direction were last seen although others came farther."""
    ends = way.split()[-1]
    return Counter(trip.nodes[-1] for trip in trips if trip.nodes[-1] != ends)


def thinned(forward: Sequence[Trip], reverse: Sequence[Trip], lab: Lab) -> Iterator[tuple[bool, str]]:
    """For each direction: is it thinned out at the declared place, or not at all? With what was seen in words."""
    truth = lab.truth
    for name, trips, way, own in (
        ("requests", forward, truth.forward, Direction.FORWARD),
        ("replies", reverse, truth.reverse, Direction.REVERSE),
    ):
        trips = [trip for trip in trips if _distinct(trip.first)]
        lost = losses_of(trips, way)
        guilty = truth.direction in (own, Direction.BOTH)
        yield _as_declared(lost, len(trips), _senders(truth, way), guilty), _words(name, lost, len(trips))


def _distinct(packet: Seen) -> bool:
    """Bare acknowledgements repeat themselves, so that one cannot be told from the next."""
    return packet.protocol != TCP or packet.payload > 0 or bool(packet.flags & SYN_OR_FIN)


def _senders(truth: Truth, way: str) -> set[str]:
    """Who may have seen them last: the guilty one, or what sends into its link where both directions lose."""
    hops = way.split()
    at = hops.index(truth.guilty or "")
    before = {hops[at - 1]} if at and truth.direction is Direction.BOTH else set()
    return {truth.guilty or "", *before}


def _as_declared(lost: Counter[str], sent: int, places: set[str], guilty: bool) -> bool:
    most, times = lost.most_common(1)[0] if lost else ("", 0)
    if not guilty:
        return times < FEW or times < HARMLESS * sent
    return most in places and times >= FEW and times >= HURTS * sent and 2 * times > lost.total()


def _words(name: str, lost: Counter[str], sent: int) -> str:
    if not lost:
        return f"none of {sent} packets of the {name} was lost"
    node, times = lost.most_common(1)[0]
    return f"{times} of {sent} packets of the {name} were last seen at {node}"
