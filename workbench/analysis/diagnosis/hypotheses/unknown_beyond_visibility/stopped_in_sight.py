"""Devices that can be asked, and that are seen or expected to stop the packet."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.analysis.case.verdict import Reason
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.reasons import DIRECT, REFUTES, STRONG, WEAK
from workbench.analysis.diagnosis.facts.stops.departed import dead_link
from workbench.analysis.diagnosis.facts.stops.drop_points import DropPoint, drop_points
from workbench.analysis.diagnosis.facts.stops.simulation import Expected, simulated
from workbench.analysis.diagnosis.facts.stops.visibility_limit import visibility_limit
from workbench.analysis.diagnosis.handshake import HandshakeStep


def reasons(context: Context) -> Iterator[Reason]:
    """What is seen counts more than what a device's own settings would do."""
    seen = next((one for one in drop_points(context) if one.drop is not None), None)
    if seen is not None:
        yield _seen(context, seen)
        return
    expected = simulated(context)
    if (
        expected is not None
        and expected.explanations[0].certain
        and not _assumed(context, expected)
    ):
        text = f"{expected.device} says itself that it would stop it"
        yield Reason(-STRONG, text, expected.explanations[0].evidence)
    elif context.findings.flow_works is False:
        yield Reason(WEAK, "no device that can be asked would stop the flow, and yet it fails")


def _seen(context: Context, seen: DropPoint) -> Reason:
    evidence = seen.drop.evidence if seen.drop else ()
    if seen.explanations:
        text = f"the {seen.packet} is seen to stop at {seen.device}"
        return Reason(2 * REFUTES, text, evidence)
    if seen.left and seen.drop is not None:
        dead = dead_link(context)
        weight = WEAK if dead is None or dead.sure else DIRECT
        text = f"{seen.drop.where}: what is between them cannot be asked"
        return Reason(weight, text, evidence)
    if not context.case.reached(seen.device):
        weight = 0.0 if visibility_limit(context) else DIRECT
        text = f"the {seen.packet} vanishes in {seen.device}, which cannot be asked"
        return Reason(weight, text, evidence)
    return Reason(-WEAK, f"the {seen.packet} is seen to stop at {seen.device}, which can be asked")


def _assumed(context: Context, expected: Expected) -> bool:
    """Would the device refuse the client's ACK only if the answer took another way, which is not
    known?"""
    answers = context.findings.trace(True)
    path_known = bool(context.findings.observations) or not answers.partly_unknown
    return expected.passage.step is HandshakeStep.CONFIRM and not path_known
