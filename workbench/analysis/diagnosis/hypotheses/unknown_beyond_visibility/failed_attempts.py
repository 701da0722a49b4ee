"""How attempts of the flow failed, where no packet shows the place."""

from __future__ import annotations

from workbench.analysis.case.findings import Attempt, ConnState, WatchedFrom
from workbench.analysis.diagnosis.context import Context


def _failed(context: Context) -> tuple[Attempt, ...]:
    well = (ConnState.WORKED, ConnState.OPEN)
    return tuple(one for one in context.attempts if one.end not in well)


def refused(context: Context) -> bool:
    """Was every attempt that failed refused at once? Then a packet came back, and none is lost."""
    failed = _failed(context)
    return bool(failed) and all(one.end is ConnState.REFUSED for one in failed)


def only_late(context: Context) -> bool:
    """Did somebody's own attempts say that they connected, and is that, and a missing answer, all
    that is known?"""
    failed = _failed(context)
    return bool(failed) and all(
        one.end is ConnState.STALLED and one.watch is WatchedFrom.PROBE for one in failed
    )
