"""Which devices know a session for this flow?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.records import Session
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import ask, flows_of, involved, near, unusable, within


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """Once early, for translations that are there already; then all members at once, twice within
    the window."""
    if run_phase is RunPhase.SURVEY:
        yield from ask(
            near(view), Question.SESSIONS, QueryParams(flow=view.flow, sample="early"), STEP.id
        )
        return
    for sample, delay in within(options.window):
        params = QueryParams(flow=view.flow, flows=flows_of(view), sample=sample)
        yield from ask(involved(view), Question.SESSIONS, params, STEP.id, delay)


def meaning(evidence: Evidence) -> str:
    """State, translation, and whether a reply was ever seen."""
    sessions = own_sessions(evidence)
    if not sessions:
        return (
            unusable(evidence)
            or "No session of this flow is known here: a reply that came here would be out of state."
        )
    return " ".join(map(_words, sessions[:3]))


def own_sessions(evidence: Evidence) -> list[Session]:
    """Those of the flow that was asked about; other traffic of the same two hosts is left out."""
    return [session for session in evidence.of(Session) if belongs(session, evidence.params)]


def belongs(session: Session, params: QueryParams) -> bool:
    """Is this a session of the flow that was asked about, translated or not?"""
    flows = [flow for flow in (params.flow, *params.flows) if flow is not None]
    for flow in (*flows, *(flow.reversed() for flow in flows)):
        if flow.covers(session.original) or flow.covers(session.reply):
            return True
    return False


def _words(session: Session) -> str:
    seen = "no reply was ever seen" if session.unreplied else "both directions were seen"
    words = f"The session {session.original} is {session.state or 'tracked'}, {seen}"
    if not session.translated:
        return f"{words}."
    return f"{words}; it is translated to {session.reply.reversed()}."


STEP = Step(
    id="sessions",
    title="The session on every stateful device",
    question="Which devices hold a session for this flow, and in which state?",
    phase=Phase.CHOKEPOINT,
    run_phases=(RunPhase.SURVEY, RunPhase.WINDOW),
    queries=queries,
    answers=(Question.SESSIONS,),
    meaning=meaning,
    decision=(
        "If one device holds the session and its partner does not, both directions must pass the"
        " first, or the two must share their state."
    ),
)
