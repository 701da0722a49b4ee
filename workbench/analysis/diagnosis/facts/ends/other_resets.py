"""Did the RST come from as far away as the SYN-ACK? A box on the way that resets a connection is
nearer, or farther."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.records import Packet
from workbench.analysis.case.findings import ConnState, Observation
from workbench.analysis.diagnosis.context import Context

SAME = 2  # hops by which two ways to one machine may differ


@dataclass(frozen=True, slots=True)
class OtherReset:
    """A RST whose TTL fits no packet of the machine that answered the SYN."""

    text: str
    evidence: tuple[str, ...]


def other_reset(context: Context) -> OtherReset | None:
    """The RST that cut a connection at the place that saw it arrive. None = its TTL is as that of
    the SYN-ACK."""
    cut = [one for one in context.attempts if one.end is ConnState.RESET]
    place = context.observation(cut[-1].place or "", reverse=True) if cut else None
    if place is None:
        return None
    accepts, resets = _ttls(place, "S"), _ttls(place, "R")
    if not accepts or not resets or _nearest(accepts, resets) <= SAME:
        return None
    text = (
        f"the RST came to {place.device} with TTL {resets[-1]}, and the SYN-ACK with {accepts[-1]}:"
        " most likely a device on the path sent it with the server's address"
    )
    return OtherReset(text, place.evidence)


def _nearest(some: list[int], others: list[int]) -> int:
    """The smallest difference between one of these and one of those."""
    return min(abs(one - other) for one in some for other in others)


def _ttls(place: Observation, flag: str) -> list[int]:
    flagged = [packet for packet in _of(place) if flag in packet.flags]
    return [packet.ttl for packet in flagged if packet.ttl is not None]


def _of(place: Observation) -> tuple[Packet, ...]:
    return place.came_in or place.went_out
