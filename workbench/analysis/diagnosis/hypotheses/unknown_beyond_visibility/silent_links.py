"""Links on which questions for a hardware address, or all packets, are lost."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.analysis.case.verdict import Reason
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.neighbours.unheard import unheard
from workbench.analysis.diagnosis.facts.reasons import DIRECT
from workbench.analysis.diagnosis.facts.stops.departed import dead_link


def reasons(context: Context) -> Iterator[Reason]:
    """Questions that left the device that asked and never came, with no bridge to be asked
    between."""
    lost = unheard(context)
    if lost is not None and lost.kept is None:
        yield Reason(DIRECT, lost.text, lost.evidence)


def summary_of_questions(context: Context) -> str | None:
    """Which questions are lost."""
    lost = unheard(context)
    return f"{lost.text}: they are lost on the link between the two" if lost is not None else None


def settle_questions(context: Context) -> str | None:
    """What would tell where they are lost."""
    lost = unheard(context)
    if lost is None:
        return None
    return (
        f"what joins {lost.requester} and {lost.holder}: its ports, VLANs and filters, and a capture"
        " there"
    )


def summary_of_dead_link(context: Context) -> str | None:
    """On which link does nothing arrive?"""
    dead = dead_link(context)
    return f"packets vanish {dead.where}: {dead.drop.where}" if dead is not None else None


def settle_dead_link(context: Context) -> str | None:
    """What would tell why."""
    dead = dead_link(context)
    if dead is None:
        return None
    return f"the counters of both ends of the link {dead.where}, and of what lies between them"
