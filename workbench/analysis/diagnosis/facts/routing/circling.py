"""Does one packet come by a device again and again, older each time?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.records import Packet
from workbench.analysis.captures.observations import Print, fingerprint
from workbench.analysis.case.findings import Observation
from workbench.analysis.diagnosis.context import Context

# seconds from one round to the next, at most: what is sent again later is another packet
QUICK = 1.0
ROUNDS = 3  # a packet that a device gets twice may have been sent twice


@dataclass(frozen=True, slots=True)
class Circle:
    """One packet that a capture saw come in several times."""

    device: str
    reverse: bool
    rounds: int
    link: str | None  # the interface by which it was sent out and came back; None = not shown
    turned: bool  # it was sent out by the very link on which it had come first
    evidence: tuple[str, ...]

    @property
    def text(self) -> str:
        """What was seen."""
        by = f", and leave by {self.link} in between" if self.link else ""
        return (
            f"the capture on {self.device} saw one packet come in {self.rounds} times, its TTL"
            f" lower each time{by}"
        )


def circles(context: Context) -> tuple[Circle, ...]:
    """Every device that was seen to get one packet again and again."""
    if "circles" not in context.case.memo:
        context.case.memo["circles"] = tuple(_circles(context))
    found: tuple[Circle, ...] = context.case.memo["circles"]
    return found


def _circles(context: Context) -> Iterator[Circle]:
    for observation in context.findings.observations:
        coming = tuple(one for one in observation.came_in if not one.outgoing)
        came = max(_by_print(coming).values(), key=len, default=[])
        if len(came) >= ROUNDS:
            yield _circle(observation, came)


def _by_print(packets: tuple[Packet, ...]) -> dict[Print, list[Packet]]:
    """Those that are one packet, each older than before."""
    found: dict[Print, list[Packet]] = {}
    for packet in sorted(packets, key=lambda one: one.time):
        if not _distinguishable(packet):
            continue
        rounds = found.setdefault(fingerprint(packet), [])
        if not rounds or _older(packet, rounds[-1]):
            rounds.append(packet)
    return found


def _distinguishable(packet: Packet) -> bool:
    """Can one packet that comes again be distinguished from another one like it?"""
    numbered = packet.seq is not None or bool(packet.ip_id)
    return numbered and packet.ttl is not None


def _older(packet: Packet, before: Packet) -> bool:
    if packet.time - before.time >= QUICK:
        return False
    return (packet.ttl or 0) < (before.ttl or 0)


def _circle(observation: Observation, came: list[Packet]) -> Circle:
    mark = fingerprint(came[0])
    sent = [packet for packet in observation.went_out if packet.outgoing]
    out = {packet.interface for packet in sent if fingerprint(packet) == mark}
    back = {packet.interface for packet in came[1:]}
    by_one_link = len(out) == 1 and out == back
    link = next(iter(out)) if by_one_link else None
    turned = link is not None and came[0].interface == link
    return Circle(
        observation.device, observation.reverse, len(came), link, turned, observation.evidence
    )
