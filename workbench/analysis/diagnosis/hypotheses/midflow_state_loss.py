"""Does an established session meet a device without its state, while new sessions work?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from workbench.analysis.case.findings import Attempt, ConnState, Findings
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis, Reason
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.ends.hanging import hanging
from workbench.analysis.diagnosis.facts.ends.own_sockets import (
    cut_while_others_live,
    held_by_server,
)
from workbench.analysis.diagnosis.facts.reasons import (
    DIRECT,
    REFUTES,
    STRONG,
    WEAK,
    both_ends,
    drops_counted,
    invalid_counted,
    logged,
    passed_here,
    silence,
    stopped_here,
)
from workbench.analysis.diagnosis.facts.state.expired import RefusedAnswer, refused_answers
from workbench.analysis.diagnosis.facts.state.midflow import (
    MovedSession,
    cut_flows,
    cut_sessions,
    moved_sessions,
)
from workbench.analysis.diagnosis.facts.stops.simulation import simulated
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.evidence.held_sessions import Held


def midflow_state_loss(findings: Findings) -> Iterable[Hypothesis]:
    """Does an established session meet a device without its state, while new sessions work?"""
    context = context_of(findings)
    every = list(moved_sessions(context))
    if not every:
        yield from _somewhere(context)
        yield from _no_longer_heard(context)
    for moved in every:
        name = moved.hop.name
        yield Hypothesis(
            Cause.MIDFLOW_STATE_LOSS,
            guilty_node=name,
            decided_by=_before(context, moved),
            direction=_direction(context, moved),
            reasons=tuple(_reasons(context, moved)),
            fixes=tuple(remedies.save_session(context, moved)),
            refuted_by=f"the session established on {name}, or new sessions failing too",
            would_settle=_settles(moved),
            summary=f"{name} drops the packets of a session {moved.cause}",
        )
    yield from _unknown_answers(context)


def _settles(moved: MovedSession) -> str:
    if moved.anew:
        return (
            f"the session events of {moved.hop.name} (conntrack -E) while a new connection is"
            " silent for as long"
        )
    return "a new connection from another source port: it works if only old sessions are lost"


def _unknown_answers(context: Context) -> Iterator[Hypothesis]:
    """A request made a session, and its answer finds none: the device forgot it in between."""
    for found in refused_answers(context):
        name, answer = found.hop.name, found.point.packet
        yield Hypothesis(
            Cause.MIDFLOW_STATE_LOSS,
            guilty_node=name,
            decided_by=name,
            direction=Direction.REVERSE,
            reasons=tuple(_answer_reasons(context, found)),
            fixes=tuple(remedies.remember_longer(found)),
            refuted_by=f"the session of a request on {name} when its {answer} comes",
            would_settle=(
                f"the session events of {name} (conntrack -E) from a request to its {answer}"
            ),
            summary=f"{name} drops the {answer}: {_why_unknown(found)}",
        )


def _why_unknown(found: RefusedAnswer) -> str:
    if found.outlived and found.timer is not None:
        came = f"the {found.point.packet} comes {found.waited:.1f} s after it"
        return f"it forgets a session {found.timer.words}, and {came}"
    return "it let the request pass, and no longer knows its session when the answer comes"


def _answer_reasons(context: Context, found: RefusedAnswer) -> Iterator[Reason]:
    name, answer = found.hop.name, found.point.packet
    yield from both_ends(context)
    passed = (
        f"{name} let the request pass, and its rules pass the {answer} of a session that they know"
    )
    yield Reason(STRONG, f"{passed}; without one they refuse it", found.evidence)
    if found.outlived and found.timer is not None:
        text = (
            f"{name} forgets a session {found.timer.words}; the {answer} comes {found.waited:.1f} s"
            " after it"
        )
        yield Reason(DIRECT, text, (*found.timer.evidence, *found.evidence))
    if found.gone:
        text = f"the session was gone from the table of {name} when the {answer} came"
        yield Reason(STRONG, text, found.gone)
    yield from stopped_here(context, name, reverse=True)
    yield from logged(context, name, reverse=True)
    yield from drops_counted(context, name)
    yield from silence(context)


def _somewhere(context: Context) -> Iterator[Hypothesis]:
    """The ends' sockets alone: something between them lost the one connection, and nothing tells
    what."""
    found = cut_while_others_live(context)
    if found is None or context.findings.drop is not None:
        return
    hangs = f"the flow's own socket at {found.at} repeats data that no one acknowledges"
    lives = (
        f"another connection between the same two ends received something {found.heard:.0f} s ago"
    )
    idle = f"nothing arrived on the flow's own connection for {found.quiet:.0f} s"
    yield Hypothesis(
        Cause.MIDFLOW_STATE_LOSS,
        reasons=(
            Reason(DIRECT, hangs, found.evidence),
            Reason(WEAK, f"{lives}, while {idle}", found.evidence),
        ),
        refuted_by="a new connection that hangs as well, or an acknowledgement in the old one",
        would_settle=(
            "the session tables of what keeps state between the two ends, and their timeouts"
        ),
        summary=(
            f"{hangs}, while {lives}: as if something between the ends no longer "
            "knew the old connection; what it is cannot be known from here"
        ),
    )


def _no_longer_heard(context: Context) -> Iterator[Hypothesis]:
    """Nothing comes back in a connection that the server still holds, and a new one works: why is
    not known."""
    old = [one for one in cut_sessions(context) if not one.fresh]
    new = [one for one in context.findings.attempts if one.fresh and one.end is not ConnState.OPEN]
    stands = held_by_server(context)
    if not old or not stands or not new or any(one.end is not ConnState.WORKED for one in new):
        return
    if context.findings.drop is not None or cut_while_others_live(context) is not None:
        return
    held = f"the server's own socket still holds the connection ({context.server})"
    silent = "an established connection gets no answer any more"
    yield Hypothesis(
        Cause.MIDFLOW_STATE_LOSS,
        reasons=(
            Reason(DIRECT, silent, old[0].evidence),
            Reason(STRONG, held, stands),
            Reason(WEAK, "new connections work", new[0].evidence),
        ),
        refuted_by="a new connection that is not answered either, or an answer in the old one",
        would_settle=(
            "the session tables of what keeps state between the two ends, and their timeouts"
        ),
        summary=(
            f"{silent}, though {held}, and a new one works: as if something between the ends no"
            " longer knew the old one; what it is cannot be known from here"
        ),
    )


def _direction(context: Context, moved: MovedSession) -> Direction:
    """The direction whose packets are lost there: both only where both were seen to be."""
    if {d.reverse for d in context.drops() if d.node == moved.hop.name and d.packet != "RST"} == {
        False,
        True,
    }:
        return Direction.BOTH
    return Direction.of(reverse=moved.reverse)


def _before(context: Context, moved: MovedSession) -> str | None:
    names = context.findings.trace(moved.reverse).names
    index = names.index(moved.hop.name)
    return names[index - 1] if index else None


def _reasons(context: Context, moved: MovedSession) -> Iterator[Reason]:
    name = moved.hop.name
    hung = hanging(context)
    if hung:
        yield Reason(
            DIRECT, "the session's own socket waits for an acknowledgement that does not come", hung
        )
    yield from both_ends(context)
    yield from (
        _forgotten(moved) if moved.old is None else _held_elsewhere(context, moved, moved.old)
    )
    yield from _timed_out(moved)
    yield from _filter(moved)
    yield from stopped_here(context, name, moved.reverse)
    yield from passed_here(context, name, moved.reverse, cut_flows(context)) if not hung else ()
    yield from logged(context, name, moved.reverse)
    yield from drops_counted(context, name)
    yield from invalid_counted(context, name)
    yield from _attempts(context) if not moved.anew else ()
    yield from silence(context)


def _held_elsewhere(context: Context, moved: MovedSession, old: Held) -> Iterator[Reason]:
    both = (*old.evidence, *moved.mine.evidence)
    yield Reason(
        STRONG, f"{old.device} holds the session established, {moved.hop.name} does not", both
    )
    if (
        old.device in context.findings.forward.names
        and old.device in context.findings.reverse.names
    ):
        yield Reason(REFUTES, f"{old.device} is still on both ways")


def _forgotten(moved: MovedSession) -> Iterator[Reason]:
    name, both = moved.hop.name, (*moved.ends, *moved.mine.evidence)
    contrary = next((one for one in moved.stories if one.closed or one.kept), None)
    before = next((one for one in moved.stories if one.first), None)
    if before is not None:
        yield Reason(DIRECT, before.text, (*before.evidence, *both))
    elif contrary is not None:
        yield Reason(2 * REFUTES, contrary.text, contrary.evidence)
    else:
        weight = WEAK if moved.stories else STRONG
        text = (
            f"the ends still exchange packets in a session, and {name}, {_flow_count(moved)},"
            f" holds none of it"
        )
        yield Reason(weight, text, both)


def _flow_count(moved: MovedSession) -> str:
    return "which both ways cross" if moved.both_ways else "to which its packets come"


def _timed_out(moved: MovedSession) -> Iterator[Reason]:
    """Was the pause of the connection longer than the device remembers?"""
    if moved.paused is not None and moved.timer is not None:
        kind = moved.timer.session if moved.timer.half else "established session"
        text = (
            f"{moved.hop.name} forgets {'a' if moved.timer.half else 'an'} {kind}"
            f" {moved.timer.words}"
        )
        yield Reason(
            STRONG,
            f"{text}; nothing of it passed for {moved.paused:.1f} s before",
            moved.timer.evidence,
        )


def _filter(moved: MovedSession) -> Iterator[Reason]:
    found = moved.outcome
    if found.action.stops:
        text = f"{moved.hop.name} would drop packets from the middle of a connection: {found.words}"
        yield Reason(STRONG, text, found.evidence)
    elif found.action == "accept":
        yield Reason(REFUTES, f"{moved.hop.name} takes up connections in mid-flow", found.evidence)


def _attempts(context: Context) -> Iterator[Reason]:
    ended = [attempt for attempt in context.attempts if attempt.end is not ConnState.OPEN]
    old = cut_sessions(context) or [attempt for attempt in ended if _failed_later(attempt)]
    if old:
        yield Reason(STRONG, "an established connection gets no answer any more", old[0].evidence)
    begun = [attempt for attempt in ended if attempt.fresh and not attempt.waits]
    yield from _new_ones([attempt for attempt in begun if attempt not in old], old)
    if not old:
        yield from _refused_anew(context)


def _new_ones(new: Sequence[Attempt], old: Sequence[Attempt]) -> Iterator[Reason]:
    """Do connections that begin now work?"""
    if not new:
        return
    if all(attempt.end is ConnState.WORKED for attempt in new):
        yield Reason(WEAK, "new connections work", new[0].evidence)
    elif not old:
        yield Reason(2 * REFUTES, "new connections fail too", new[0].evidence)


def _failed_later(attempt: Attempt) -> bool:
    """Had it begun before it was watched, and does it not work?"""
    return not attempt.fresh and attempt.end is not ConnState.WORKED


def _refused_anew(context: Context) -> Iterator[Reason]:
    expected = simulated(context)
    if expected is not None and not expected.perhaps:
        text = f"{expected.device} would refuse new connections too"
        yield Reason(REFUTES, text, expected.explanations[0].evidence)
