"""Does a device's own tunnel refuse its packets, because no peer of WireGuard takes them or none
can be reached?"""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.evidence import Question
from collectors.model.records import ProbeResult
from workbench.analysis.case.findings import Hop
from workbench.analysis.diagnosis.context import Context

_ASKED = (Question.PING, Question.PATH_MTU, Question.CONNECT)
_NO_PEER = "required key not available"  # ENOKEY: no peer's allowed addresses hold the destination
# EDESTADDRREQ: the peer that would take it has no address yet
_NO_ENDPOINT = "destination address required"


@dataclass(frozen=True, slots=True)
class Keyless:
    """The device on the way whose own kernel refused to send, and why."""

    hop: Hop
    why: str
    evidence: tuple[str, ...]

    @property
    def unreachable(self) -> bool:
        """Is there a peer, and only its place not known?"""
        return _NO_ENDPOINT in self.why

    @property
    def text(self) -> str:
        """In a sentence."""
        return f"{self.hop.name} itself refuses to send to {self.hop.flow_out.dst}: {self.why}"


def keyless(error: str | None) -> str | None:
    """What the kernel's words mean, where they are those of a tunnel without a peer."""
    words = (error or "").lower()
    if _NO_PEER in words:
        return (
            "no peer of its WireGuard tunnel takes packets to that address (required key not"
            " available)"
        )
    if _NO_ENDPOINT in words:
        return "its WireGuard peer has no address to send to (destination address required)"
    return None


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
        why = next((why for one, _ in mine if (why := keyless(one.error))), None)
        if why is not None and not any(one.ok for one, _ in mine):
            return Keyless(hop, why, tuple(dict.fromkeys(item.id for _, item in mine)))
    return None


def sender_refused(context: Context, *, reverse: bool) -> Hop | None:
    """The hop of that device."""
    found = refused_by_tunnel(context, reverse)
    return found.hop if found is not None else None
