"""Does the drop lie where nobody can be asked? One file for each kind of thing that lies beyond
sight; here is their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from workbench.analysis.case.findings import Findings
from workbench.analysis.case.verdict import Cause, Hypothesis, Reason
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.ends.hung_up import hung_up
from workbench.analysis.diagnosis.facts.reasons import WEAK, both_ends, silence
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.diagnosis.hypotheses.unknown_beyond_visibility import (
    answers_that_came,
    foreign_resets,
    half_open_sockets,
    hidden_devices,
    logs,
    missed_by_captures,
    server_application,
    silent_links,
    stopped_in_sight,
    unanswered_session,
)
from workbench.analysis.diagnosis.hypotheses.unknown_beyond_visibility.who_and_which_way import (
    direction,
    suspected,
)

NOBODY_SAW = (
    "an attempt of the flow while both ends are watched, and the routes of those on the way"
)


def unknown_beyond_visibility(findings: Findings) -> Iterable[Hypothesis]:
    """Does the drop lie where nobody can be asked?"""
    context = context_of(findings)
    yield Hypothesis(
        Cause.UNKNOWN_BEYOND_VISIBILITY,
        guilty_node=suspected(context),
        direction=direction(context),
        reasons=tuple(reason for ask in _REASONS for reason in ask(context)),
        refuted_by="a device that can be asked and that stops the packet",
        would_settle=_first(_SETTLING, context),
        fixes=(*remedies.stay_on_the_line(hung_up(context)), *unanswered_session.fixes(context)),
        summary=_first(_SUMMARIES, context),
    )


def _first(kinds: Iterable[Callable[[Context], str | None]], context: Context) -> str:
    """What the first kind says that is there."""
    return next((text for tell in kinds if (text := tell(context)) is not None), "")


def _never_ruled_out(context: Context) -> Iterator[Reason]:
    yield Reason(WEAK, "what cannot be seen can never be ruled out")


_REASONS: tuple[Callable[[Context], Iterable[Reason]], ...] = (
    both_ends,
    _never_ruled_out,
    missed_by_captures.reasons,
    server_application.reasons,
    silent_links.reasons,
    unanswered_session.reasons,
    hidden_devices.reasons,
    stopped_in_sight.reasons,
    logs.reasons,
    half_open_sockets.reasons,
    foreign_resets.reasons,
    answers_that_came.reasons,
    silence,
)


def _nothing_explains(context: Context) -> str:
    unknown = context.findings.flow_works is None and context.findings.drop is None
    if unknown:
        nothing = "nothing that was seen shows whether the flow works"
    else:
        nothing = "nothing that was seen so far explains the failure"
    return answers_that_came.answered_from(context) or nothing


_SUMMARIES = (
    missed_by_captures.summary,
    server_application.summary,
    silent_links.summary_of_questions,
    unanswered_session.summary,
    hidden_devices.summary_beyond,
    foreign_resets.summary,
    hidden_devices.summary,
    silent_links.summary_of_dead_link,
    _nothing_explains,
)


def _settle_hidden(context: Context) -> str | None:
    blind = hidden_devices.blind_spots(context)
    if not blind:
        return None
    dark = [name for name in (suspected(context), blind[0]) if name in context.unreached]
    return f"a capture at {dark[0]}, or its own answers" if dark else NOBODY_SAW


def _settle_drop(context: Context) -> str:
    drop = context.findings.drop
    if drop is None:
        return "an attempt of the flow while all watch it"
    return f"the packet filter, routes and sockets of {drop.node}, read with all rights"


_SETTLING = (
    missed_by_captures.settle,
    server_application.settle,
    unanswered_session.settle,
    silent_links.settle_questions,
    foreign_resets.settle,
    logs.settle,
    _settle_hidden,
    silent_links.settle_dead_link,
    _settle_drop,
)
