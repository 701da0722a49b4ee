"""Packets that one capture saw and the next one did not, with nobody to ask between them."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.analysis.case.verdict import Direction, Reason
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.reasons import DIRECT
from workbench.analysis.diagnosis.facts.stops.capture_gaps import gap, parted


def reasons(context: Context) -> Iterator[Reason]:
    """What the captures missed, and whether that parts the ways."""
    found = gap(context)
    if found is None:
        return
    yield Reason(DIRECT, found.text, found.evidence)
    apart = parted(context)
    if apart:
        yield Reason(0.0, apart, found.evidence)


def summary(context: Context) -> str | None:
    """Which packets are missing."""
    found = gap(context)
    return found.text if found is not None else None


def settle(context: Context) -> str | None:
    """What would tell more."""
    found = gap(context)
    return found.settle if found is not None else None


def direction(context: Context) -> Direction | None:
    """Of the packets that are missing, where one direction only is."""
    found = gap(context)
    if found is None or found.reverse is None:
        return None
    return Direction.of(reverse=found.reverse)
