"""Does a device's own tunnel refuse its packets, because no peer of WireGuard takes them or none
can be reached?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.evidence import Question
from collectors.model.records import Failure, ProbeResult
from workbench.analysis.case.findings import Hop
from workbench.analysis.diagnosis.context import Context

_ASKED = (Question.PING, Question.PATH_MTU, Question.CONNECT)
_WHY = {
    Failure.NO_TUNNEL_PEER: (
        "no peer of its WireGuard tunnel takes packets to that address (required key not available)"
    ),
    Failure.NO_PEER_ADDRESS: (
        "its WireGuard peer has no address to send to (destination address required)"
    ),
}


@dataclass(frozen=True, slots=True)
class Keyless:
    """The device on the way whose own kernel refused to send, and why."""

    hop: Hop
    failure: Failure
    evidence: tuple[str, ...]

    @property
    def unreachable(self) -> bool:
        """Is there a peer, and only its place not known?"""
        return self.failure is Failure.NO_PEER_ADDRESS

    @property
    def why(self) -> str:
        """In words."""
        return _WHY[self.failure]

    @property
    def text(self) -> str:
        """In a sentence."""
        return f"{self.hop.name} itself refuses to send to {self.hop.flow_out.dst}: {self.why}"


def keyless(reach: ProbeResult) -> Failure | None:
    """Is it the failure of a tunnel without a peer?"""
    return reach.failure if reach.failure in _WHY else None


def refused_by_tunnel(context: Context, reverse: bool) -> Keyless | None:
    """The first device of that way whose own tunnel refused its probes of the other end, where none
    was answered."""
    for hop in context.findings.trace(reverse).hops:
        mine = list(_probes(context, hop))
        failures = [keyless(one) for one, _ in mine]
        known = [failure for failure in failures if failure is not None]
        answered = any(one.ok for one, _ in mine)
        if known and not answered:
            numbers = dict.fromkeys(number for _, number in mine)
            return Keyless(hop, known[0], tuple(numbers))
    return None


def _probes(context: Context, hop: Hop) -> Iterator[tuple[ProbeResult, str]]:
    """What the device probed of the other end."""
    for question in _ASKED:
        for one, item in context.case.all_records(hop.device or "", question, ProbeResult):
            if one.target == hop.flow_out.dst:
                yield one, item.id


def sender_refused(context: Context, *, reverse: bool) -> Hop | None:
    """The hop of that device."""
    found = refused_by_tunnel(context, reverse)
    return found.hop if found is not None else None
