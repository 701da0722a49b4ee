"""Answers and messages that did come back: whoever sent them is in sight."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.analysis.case.findings import ConnState
from workbench.analysis.case.verdict import Reason
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.ends.oneway import answers_from_elsewhere
from workbench.analysis.diagnosis.facts.filters.off_the_known_ways import (
    denials,
    strays,
    unanswerable,
)
from workbench.analysis.diagnosis.facts.reasons import REFUTES, STRONG, WEAK
from workbench.analysis.diagnosis.facts.routing.circling import circles
from workbench.analysis.diagnosis.facts.sizes.sizes_tried_by_hand import only_unanswered
from workbench.analysis.diagnosis.facts.sizes.unheeded import unheeded
from workbench.analysis.diagnosis.facts.stops.complaints import PROBE, complaints, name_of
from workbench.analysis.diagnosis.facts.translation.foreign_answers import stranger


def reasons(context: Context) -> Iterator[Reason]:
    """Refusals, messages to the sender, circles, lines of logs, answers of strangers."""
    yield from _refusals(context)
    yield from _messages(context)
    yield from _log_lines(context)
    yield from _other_answers(context)


def _refusals(context: Context) -> Iterator[Reason]:
    refused = [one for one in context.attempts if one.end is ConnState.REFUSED]
    if refused and not context.findings.observations:
        text = "a refusal did come back: the packets are not lost"
        yield Reason(-STRONG, text, refused[0].evidence)


def _messages(context: Context) -> Iterator[Reason]:
    for message in complaints(context)[:1]:
        weight = REFUTES if message.weight > PROBE else -STRONG
        yield Reason(
            weight, f"{name_of(context, message.by)} itself told the sender why", message.evidence
        )
    for circle in circles(context)[:1]:
        yield Reason(2 * REFUTES, circle.text, circle.evidence)
    for deaf in list(unheeded(context))[:1]:
        text = f"{name_of(context, deaf.by)} itself told the sender why"
        yield Reason(REFUTES, text, deaf.evidence)


def _log_lines(context: Context) -> Iterator[Reason]:
    for stray in (*strays(context), *denials(context), *unanswerable(context)):
        text = f"{stray.device} itself logs that it refuses {stray.packet}"
        yield Reason(REFUTES, text, stray.refusal.evidence)


def _other_answers(context: Context) -> Iterator[Reason]:
    strange = stranger(context)
    if strange is not None:
        text = "an answer does arrive, from an address that was not asked"
        yield Reason(REFUTES, text, strange.evidence)
    elsewhere = answered_from(context)
    if elsewhere is not None:
        yield Reason(WEAK, elsewhere)
    quiet = only_unanswered(context)
    if quiet is not None:
        yield Reason(0.0, *quiet)


def answered_from(context: Context) -> str | None:
    """A service on several addresses must answer from the one that was asked."""
    other = answers_from_elsewhere(context)
    if other is None:
        return None
    return (
        f"{context.server} answers from {other.src} port {other.sport}, not from what was asked: the"
        " client waits for another"
    )
