"""Resets that neither end is known to have sent."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.analysis.case.verdict import Reason
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.ends.cut_off import reset_by_somebody
from workbench.analysis.diagnosis.facts.ends.other_resets import other_reset
from workbench.analysis.diagnosis.facts.reasons import STRONG


def reasons(context: Context) -> Iterator[Reason]:
    """A reset that differs from what the server sends."""
    foreign = other_reset(context)
    if foreign is not None:
        yield Reason(STRONG, foreign.text, foreign.evidence)


def summary(context: Context) -> str | None:
    """Who may have reset it?"""
    foreign, reset = other_reset(context), reset_by_somebody(context)
    if foreign is not None:
        return f"the connection was reset: {foreign.text}"
    return reset.text if reset is not None else None


def settle(context: Context) -> str | None:
    """What would tell who it was."""
    if other_reset(context) is not None:
        return "a capture at the server of the same time: did it send that RST?"
    reset = reset_by_somebody(context)
    return reset.settle if reset is not None else None
