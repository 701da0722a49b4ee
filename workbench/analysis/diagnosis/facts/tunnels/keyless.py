"""Does a device's own tunnel refuse its packets, because no peer of WireGuard takes them or none
can be reached?"""

from __future__ import annotations

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
        told = [
            (one, item)
            for kind in _ASKED
            for one, item in context.case.all_records(hop.device or "", kind, ProbeResult)
        ]
        mine = [(one, item) for one, item in told if one.target == hop.flow_out.dst]
        why = next((why for one, _ in mine if (why := keyless(one))), None)
        if why is not None and not any(one.ok for one, _ in mine):
            return Keyless(hop, why, tuple(dict.fromkeys(item.id for _, item in mine)))
    return None


def sender_refused(context: Context, *, reverse: bool) -> Hop | None:
    """The hop of that device."""
    found = refused_by_tunnel(context, reverse)
    return found.hop if found is not None else None
