"""Does the packet stop on one branch of an ECMP set only, while the others would let it pass?"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.analysis.case.findings import ConnState, Hop, Trace
from workbench.analysis.case.verdict import Reason
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.reasons import DIRECT, STRONG
from workbench.analysis.diagnosis.facts.stops.explanations import explanations, unanswered
from workbench.analysis.diagnosis.facts.stops.simulation import before, passages_of
from workbench.analysis.diagnosis.handshake import HandshakeStep
from workbench.analysis.trace.parting import hashed


def leg(context: Context, device: str, reverse: bool, step: HandshakeStep) -> Hop | None:
    """The hop whose hash leads this flow to that device, while another branch avoids it and would
    work."""
    path = context.findings.trace(reverse)
    for hop in reversed(hashed(path)):
        on_the_leg = _after(path.names, hop.name, device) or (
            hop.name == device and unanswered(context, hop) is not None
        )
        if (
            hop.name in path.names
            and on_the_leg
            and _another_works(context, path, hop, device, step)
        ):
            return hop
    return None


def _after(names: tuple[str, ...], first: str, second: str) -> bool:
    return second in names and names.index(first) < names.index(second)


def _another_works(
    context: Context, path: Trace, hop: Hop, device: str, step: HandshakeStep
) -> bool:
    own = hop.name == device  # it cannot hand the packet on: its next hop is dead
    others = [a for a in path.alternates if hop.name in a.names and (own or device not in a.names)]
    if not path.alternates:
        return device in {b.device for b in hop.branches if b.taken}
    return any(_passes(context, other, step) for other in others)


def _passes(context: Context, path: Trace, step: HandshakeStep) -> bool:
    """Would every device on that other branch let the packet pass?"""
    memory = before(context, step)
    return all(
        not any(b.certain for b in explanations(context, p))
        for p in passages_of(path, step, memory)
    )


def ports_differ(context: Context) -> Iterator[Reason]:
    """Do attempts from some source ports work while others fail?"""
    ended = [a for a in context.findings.attempts if a.end is not ConnState.OPEN]
    good = [a for a in ended if a.end is ConnState.WORKED]
    bad = [a for a in ended if a.end is not ConnState.WORKED]
    if good and bad and {a.flow.sport for a in good}.isdisjoint(a.flow.sport for a in bad):
        evidence = (*good[0].evidence, *bad[0].evidence)
        yield Reason(
            STRONG, f"from {len(good)} source ports it works, from {len(bad)} it fails", evidence
        )


def only_one_leg(
    context: Context, device: str, reverse: bool, step: HandshakeStep
) -> Iterator[Reason]:
    """Against every cause that would hit all flows: only one branch stops the packet."""
    hop = leg(context, device, reverse, step)
    if hop is not None:
        text = (
            f"only the branch through {device} stops it; {hop.name} spreads flows over"
            f" {len(hop.branches)}"
        )
        yield Reason(-DIRECT, text, hop.evidence)
