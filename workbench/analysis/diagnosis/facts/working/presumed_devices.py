"""Does a verdict rest on a device that only its being pasted puts on the flow's way?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Basis, Trace
from workbench.analysis.case.verdict import HEALTHY, Cause, Direction, Hypothesis, Reason
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.trace.pasted_devices import logged, only_pasted

_ELSEWHERE = HEALTHY | {Cause.UNKNOWN_BEYOND_VISIBILITY}


def presumed(context: Context, hypothesis: Hypothesis) -> str | None:
    """The device that nobody saw the flow come to, on the way to where it is said to fail."""
    if hypothesis.cause in _ELSEWHERE:
        return None
    path = context.findings.trace(hypothesis.direction is Direction.REVERSE)
    accused = {hypothesis.guilty_node, hypothesis.decided_by} - {None}
    named = [at for at, name in enumerate(path.names) if name in accused]
    before = path.names[: named[-1] + 1] if named else ()
    return next((name for name in _presumed(context.case, path) if name in before), None)


def with_presumption(context: Context, hypothesis: Hypothesis) -> Hypothesis:
    """The same, saying so."""
    name = presumed(context, hypothesis)
    if name is None:
        return hypothesis
    text = (
        f"that the flow passes {name} was not seen: it is assumed because output of {name} was"
        f" pasted for"
        " it"
    )
    return replace(hypothesis, reasons=(*hypothesis.reasons, Reason(0.0, text)))


def _presumed(case: Case, path: Trace) -> Iterator[str]:
    for before, hop in pairwise(path.hops):
        if hop.device is None or before.basis is not Basis.UNKNOWN:
            continue
        if hop.basis is Basis.OBSERVED or not only_pasted(case, hop.device):
            continue
        if not _met(case, hop.device, path):
            yield hop.device


def _met(case: Case, device: str, path: Trace) -> bool:
    """Is it an end of the flow, or does its own log name packets of it?"""
    ends = (path.flow.src, path.flow.dst)
    at_home = any(port.address.ip in ends for port in case.ports_of(device))
    return at_home or any(logged(case, device, path.flow))
