"""Does a verdict rest on a reverse-path check that a value which is not known may make loose?"""

from __future__ import annotations

from collectors.model.counters import CounterMeaning
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis
from workbench.analysis.device.reverse_path import reverse_check
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.routing.martians import martians
from workbench.analysis.evidence.counter_deltas import counter_moved


def by_a_check_half_known(context: Context, hypothesis: Hypothesis) -> bool:
    """Is the accused check strict by one of its two values only, and was it not seen to refuse
    anything?"""
    device = hypothesis.guilty_node
    if hypothesis.cause is not Cause.RP_FILTER_STRICT or device is None:
        return False
    hop = context.hop(device, hypothesis.direction is Direction.REVERSE)
    check = reverse_check(context.case, hop) if hop is not None else None
    if check is None or check.certain:
        return False
    return not _seen_to_refuse(context, device)


def _seen_to_refuse(context: Context, device: str) -> bool:
    """By its counter in the window, or by its log?"""
    moved = counter_moved(context.case, device, CounterMeaning.REVERSE_PATH_REFUSED)
    counted = moved is not None and moved.amount > 0
    return counted or any(one.device == device and not one.undated for one in martians(context))
