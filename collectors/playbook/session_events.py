"""Is a session made while the flow is attempted?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.records import SessionEvent
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import ask, flows_of, involved, unusable
from collectors.playbook.sessions import belongs


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """Every device on the way, for the whole window."""
    params = QueryParams(flow=view.flow, flows=flows_of(view), seconds=options.window)
    return ask(involved(view), Question.SESSION_EVENTS, params, STEP.id)


def meaning(evidence: Evidence) -> str:
    """What was made, changed and forgotten."""
    events = evidence.of(SessionEvent)
    own = [event for event in events if belongs(event.session, evidence.params)]
    if not own:
        return (
            unusable(evidence)
            or "No session of this flow came or changed here: it does not pass, or was refused as INVALID."
        )
    words = f"Sessions of this flow moved here ({_counts(own)}); the last was {_last_state(own)}"
    if not all(event.session.unreplied for event in own):
        return f"{words}."
    return (
        f"{words}, and no reply was ever seen: the way out passes here, the way back does not, or"
        " dies before."
    )


def _counts(events: list[SessionEvent]) -> str:
    kinds = [one.event for one in events]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))


def _last_state(events: list[SessionEvent]) -> str:
    states = [event.session.state for event in events if event.session.state]
    return states[-1] if states else "tracked"


STEP = Step(
    id="session-events",
    title="Live connection tracking events",
    question="Is a session made, confirmed or destroyed while the flow is attempted?",
    phase=Phase.CHOKEPOINT,
    run_phases=(RunPhase.WINDOW,),
    queries=queries,
    answers=(Question.SESSION_EVENTS,),
    task=6,
    meaning=meaning,
    decision=(
        "A session that stays SYN_SENT without reply says: the way out passes here, the way back"
        " does not, or dies before. No event at all on a device that sees packets says: it refuses"
        " them."
    ),
)
