"""Is a table of sessions, a translator's range of ports, a limit of connections or a service's own
queue used up?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.model.counters import CounterMeaning
from collectors.model.evidence import Question
from workbench.analysis.case.findings import Findings
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis, Reason
from workbench.analysis.case.wording import some, times
from workbench.analysis.device.own_log import overflow
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.ends.accepting import (
    arrived_unanswered,
    full_sockets,
    half_open_full,
    some_full,
    swamped,
)
from workbench.analysis.diagnosis.facts.ends.listening import Listening, listening
from workbench.analysis.diagnosis.facts.ends.own_sockets import knocks
from workbench.analysis.diagnosis.facts.filters.denials import reason_of
from workbench.analysis.diagnosis.facts.reasons import (
    DIRECT,
    STRONG,
    WEAK,
    both_ends,
    silence,
)
from workbench.analysis.diagnosis.facts.state.exhausted import has_room
from workbench.analysis.diagnosis.facts.stops.drop_points import (
    DropPoint,
    drop_point_reasons,
    drop_points,
    stopped_before_service,
)
from workbench.analysis.diagnosis.facts.stops.explanations import DropExplanation, DropReason
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.evidence.counter_deltas import counter_moved
from workbench.analysis.trace.links import port_facing
from workbench.analysis.trace.pasted_devices import only_pasted


def session_limit(findings: Findings) -> Iterable[Hypothesis]:
    """Is a table of sessions, a translator's range of ports, a limit of connections or a service's
    queue used up?"""
    context = context_of(findings)
    yield from _queue(context)
    yield from _off_the_known_ways(context)
    for point in drop_points(context):
        explanation = point.why(DropReason.FULL, DropReason.PORTS, DropReason.LIMIT)
        if explanation is not None:
            yield Hypothesis(
                Cause.SESSION_LIMIT,
                guilty_node=point.device,
                decided_by=point.device,
                direction=point.direction,
                reasons=(*drop_point_reasons(point, explanation), *_refused(point, explanation)),
                fixes=tuple(remedies.raise_limit(point, explanation)),
                refuted_by=f"the {point.packet} leaving {point.device} again, or room left there",
                would_settle=(
                    "what the table, the range of ports or the limit holds, and the counters of"
                    " connection tracking, during an attempt"
                ),
                summary=(
                    f"{point.device} accepts no new session, also not for this flow:"
                    f" {reason_of(point, explanation)}"
                ),
            )


def _off_the_known_ways(context: Context) -> Iterator[Hypothesis]:
    """A device that somebody pasted for this flow, and to which nothing leads, says that its table
    is full now."""
    known = {*context.findings.forward.names, *context.findings.reverse.names}
    for name in (one.name for one in context.case.inventory.devices if one.name not in known):
        reported = overflow(context.case, name)
        if (
            reported is None
            or not reported.recent
            or has_room(context, name)
            or not only_pasted(context.case, name)
        ):
            continue
        text = (
            f"{name}: its kernel's log says that its session table is full:"
            f" {some(reported.lines, 'line')}"
        )
        yield Hypothesis(
            Cause.SESSION_LIMIT,
            guilty_node=name,
            decided_by=name,
            direction=Direction.FORWARD,
            reasons=(
                *both_ends(context),
                Reason(STRONG, text, reported.evidence, undated=True),
                *_at_the_link(context, name),
            ),
            refuted_by=f"a new session of this flow in the table of {name}, or a way around {name}",
            would_settle=f"whether the flow passes {name}: its routes, and those of the client",
            summary=(
                f"{name} accepts no new session, as its kernel's log says; that the flow passes it"
                " was not seen"
            ),
        )


def _at_the_link(context: Context, name: str) -> Iterator[Reason]:
    """Is it on the link of one of the ends, as their router would be?"""
    for address in (context.flow.src, context.flow.dst):
        port = port_facing(context.case, name, address)
        if port is not None:
            yield Reason(
                WEAK,
                f"{name} is on the link of {address}",
                context.evidence(name, Question.INTERFACES),
            )
            return


def _queue(context: Context) -> Iterator[Hypothesis]:
    """Something listens, but takes no more: to those who knock it is as if nothing did."""
    found = listening(context)
    if context.server is None or found is None or not found.serves:
        return
    signs = tuple(swamped(context, found))
    arrived = (*arrived_unanswered(context), *_knocking(context, signs))
    only_one = (
        len(signs) == 1
        and not arrived
        and not (full_sockets(found) and only_pasted(context.case, context.server))
    )
    if not signs or only_one:
        return
    yield Hypothesis(
        Cause.SESSION_LIMIT,
        guilty_node=context.server,
        decided_by=context.server,
        direction=Direction.FORWARD,
        reasons=(
            *both_ends(context),
            *signs,
            *arrived,
            *stopped_before_service(context),
            *silence(context),
        ),
        fixes=tuple(remedies.unclog(context, found)),
        refuted_by=f"a new connection that {context.server} answers",
        would_settle=(
            f"the queue of the listening socket on {context.server}, and its overflow counters,"
            f" during"
            " an attempt"
        ),
        summary=(
            f"a process listens on {found.target} at {context.server}, but"
            f" {_which_queue(context, found)}"
        ),
    )


def _which_queue(context: Context, found: Listening) -> str:
    """What is full: the queue of half-open connections, of one socket of several, or of the
    service?"""
    if half_open_full(context, found):
        return (
            "connections that are never completed fill its queue of half-open ones, and SYN cookies"
            " are off"
        )
    if some_full(found):
        full = f"{len(full_sockets(found))} of the {len(found.taking)} sockets that share the port"
        return f"{full} take no more: some source ports fail"
    return "takes no more: its queue is full"


def _knocking(context: Context, signs: tuple[Reason, ...]) -> Iterator[Reason]:
    """Where nobody captured at a server whose very queue is full, the client's own sockets tell
    that it waits."""
    full = any(one.weight >= STRONG for one in signs)
    watched = context.server is not None and context.case.asked(context.server, Question.CAPTURE)
    asked = knocks(context) if full and not watched else ()
    if asked and context.client:
        yield Reason(
            STRONG, f"{context.client} waits for an answer of {context.flow.dst} (SYN-SENT)", asked
        )


_COUNTERS = {
    DropReason.FULL: CounterMeaning.SESSION_TABLE_DROP,
    DropReason.PORTS: CounterMeaning.SESSION_NOT_ENTERED,
}


def _refused(point: DropPoint, explanation: DropExplanation) -> Iterator[Reason]:
    """Did tracking itself count what it could not take?"""
    meaning = _COUNTERS.get(explanation.kind)
    moved = counter_moved(point.context.case, point.device, meaning) if meaning else None
    if moved is not None and moved.amount > 0 and point.drop is not None:
        text = (
            f"connection tracking on {point.device} refused {some(moved.amount)} during the capture"
            f" ({moved.name})"
        )
        yield Reason(DIRECT, text, moved.evidence)
    reported = (
        overflow(point.context.case, point.device) if explanation.kind is DropReason.FULL else None
    )
    if reported is not None:
        when = " while we watched" if reported.fresh else ""
        text = (
            f"the kernel of {point.device} wrote {times(reported.lines)}{when}: table full, dropping"
            " packet"
        )
        yield Reason(STRONG if reported.fresh else 1.5, text, reported.evidence)
