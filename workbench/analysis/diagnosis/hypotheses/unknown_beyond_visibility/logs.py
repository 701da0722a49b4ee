"""Lines of logs that name packets of the flow, and that something else speaks against."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.analysis.case.verdict import Reason
from workbench.analysis.device.log_drops import Dismissed, dismissed
from workbench.analysis.diagnosis.context import Context


def _aside(context: Context) -> tuple[Dismissed, ...]:
    return tuple(dismissed(context.case, (context.findings.forward, context.findings.reverse)))


def reasons(context: Context) -> Iterator[Reason]:
    """They weigh nothing, and are shown."""
    yield from (Reason(0.0, one.text, one.evidence) for one in _aside(context))


def summary(context: Context, nothing: str) -> str | None:
    """That nothing is known now, and what a line said before."""
    aside = _aside(context)
    return f"{nothing} now. {aside[0].text}" if aside else None


def settle(context: Context) -> str | None:
    """Whether such lines are still written, where nothing was seen to stop."""
    aside = _aside(context) if context.findings.drop is None else ()
    if not aside:
        return None
    return f"new lines of the log of {aside[0].device}, or its counters before and after an attempt"
