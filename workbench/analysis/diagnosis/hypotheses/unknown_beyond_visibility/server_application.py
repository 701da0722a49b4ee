"""The server's application: it does not answer, hangs up or cuts off, and no network explains it."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.analysis.case.verdict import Reason
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.ends.cut_off import CutOff, cut_off
from workbench.analysis.diagnosis.facts.ends.hung_up import HungUp, hung_up
from workbench.analysis.diagnosis.facts.ends.ignored import Ignored, ignored
from workbench.analysis.diagnosis.facts.reasons import DIRECT, WEAK


def application(context: Context) -> Ignored | HungUp | CutOff | None:
    """What does the server's application do that no network explains?"""
    return ignored(context) or hung_up(context) or cut_off(context)


def reasons(context: Context) -> Iterator[Reason]:
    """What it does, and that the network carries that very connection."""
    found = application(context)
    if found is not None:
        yield Reason(DIRECT, found.text, found.evidence)
        both = "both directions carry packets of that very connection meanwhile"
        yield Reason(WEAK, both, found.evidence)


def summary(context: Context) -> str | None:
    """What it does."""
    found = application(context)
    return found.text if found is not None else None


def settle(context: Context) -> str | None:
    """What would tell more."""
    found = application(context)
    return found.settle if found is not None else None
