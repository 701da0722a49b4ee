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
        if hop.name not in path.names:
            continue
        if not _leads_to(context, path, hop, device):
            continue
        if _another_works(context, path, hop, device, step):
            return hop
    return None


def _leads_to(context: Context, path: Trace, hop: Hop, device: str) -> bool:
    """Is the device behind that hop; or is it that hop, whose next hop is silent?"""
    if _after(path.names, hop.name, device):
        return True
    return hop.name == device and unanswered(context, hop) is not None


def _after(names: tuple[str, ...], first: str, second: str) -> bool:
    return second in names and names.index(first) < names.index(second)


def _another_works(
    context: Context, path: Trace, hop: Hop, device: str, step: HandshakeStep
) -> bool:
    if not path.alternates:
        taken = [branch for branch in hop.branches if branch.taken]
        return device in {branch.device for branch in taken}
    others = [other for other in path.alternates if hop.name in other.names]
    if hop.name != device:  # else it cannot hand the packet on: its next hop is dead
        others = [other for other in others if device not in other.names]
    return any(_passes(context, other, step) for other in others)


def _passes(context: Context, path: Trace, step: HandshakeStep) -> bool:
    """Would every device on that other branch let the packet pass?"""
    memory = before(context, step)
    for passage in passages_of(path, step, memory):
        if any(one.certain for one in explanations(context, passage)):
            return False
    return True


def ports_differ(context: Context) -> Iterator[Reason]:
    """Do attempts from some source ports work while others fail?"""
    ended = [one for one in context.findings.attempts if one.end is not ConnState.OPEN]
    good = [one for one in ended if one.end is ConnState.WORKED]
    bad = [one for one in ended if one.end is not ConnState.WORKED]
    if not good or not bad:
        return
    working_ports = {one.flow.sport for one in good}
    failing_ports = {one.flow.sport for one in bad}
    if working_ports.isdisjoint(failing_ports):
        text = f"from {len(good)} source ports it works, from {len(bad)} it fails"
        yield Reason(STRONG, text, (*good[0].evidence, *bad[0].evidence))


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
