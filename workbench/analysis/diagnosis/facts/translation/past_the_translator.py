"""The flow is translated on the way out, and its replies do not come back through the
translator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.counters import CounterMeaning
from workbench.analysis.case.findings import Disposition, Hop
from workbench.analysis.case.verdict import Reason
from workbench.analysis.case.wording import some
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.reasons import (
    DIRECT,
    REFUTES,
    STRONG,
    WEAK,
    both_ends,
    configured,
    rule_counted,
    silence,
)
from workbench.analysis.diagnosis.facts.stops.drop_points import DropPoint, drop_points
from workbench.analysis.diagnosis.facts.translation.translators import (
    balances,
    hides_source,
    translator_of,
)
from workbench.analysis.evidence.counter_deltas import counter_moved
from workbench.analysis.trace.parting import departure


@dataclass(frozen=True)
class Bypass:
    """A translator that the replies miss, and the device where that shows."""

    context: Context
    translator: Hop
    guilty: str
    point: DropPoint | None

    @property
    def decided_by(self) -> str | None:
        """Who sends the replies past the translator?"""
        hop = departure(self.context.findings)
        return hop.name if hop else None

    @property
    def elsewhere(self) -> bool:
        """Do the replies end at (or pass) another device than the translator?"""
        return self.guilty != self.translator.name


def bypass(context: Context) -> Bypass | None:
    """Do the replies miss the device that translates the flow?"""
    translator = translator_of(context)
    if translator is None or translator.device in (None, context.client, context.server):
        return None
    if translator.name in context.findings.reverse.names:
        return None
    point = _point(context)
    return Bypass(context, translator, _guilty(context, translator, point), point)


def _point(context: Context) -> DropPoint | None:
    """Where replies are refused on their way."""
    for point in drop_points(context):
        if point.reverse and point.device not in (context.client, context.server):
            return point
    return None


def _guilty(context: Context, translator: Hop, point: DropPoint | None) -> str:
    """Where replies are refused; else where they end; else who lets them out untranslated; else the
    translator."""
    if point is not None:
        return point.device
    path = context.findings.reverse
    if path.disposition is not Disposition.DELIVERED and path.hops:
        return path.hops[-1].name
    for hop in path.hops:
        if hop.boundary is not None and hop.name not in context.findings.forward.names:
            return hop.name
    return translator.name


def bypass_reasons(found: Bypass) -> Iterator[Reason]:
    """For and against: replies miss the translator."""
    context, translator = found.context, found.translator
    yield from both_ends(context)
    what = f"{translator.flow_in} into {translator.flow_out}"
    evidence = (
        *translator.evidence,
        *(i for h in context.findings.reverse.hops[:2] for i in h.evidence),
    )
    yield Reason(
        STRONG,
        f"{translator.name} turns {what}, and the replies do not visit it",
        tuple(dict.fromkeys(evidence)),
    )
    held = context.held(translator.name)
    if held.half_open:
        yield Reason(
            STRONG,
            f"{translator.name} waits for an answer that never comes back to it",
            held.evidence,
        )
    elif held.answered:
        yield Reason(REFUTES, f"{translator.name} saw the replies", held.evidence)
    yield from _lost(found)
    yield from _refused(found)
    yield from _seen(found)
    yield from _resets(found)
    yield from earlier_request(context)
    yield from silence(context)


def _lost(found: Bypass) -> Iterator[Reason]:
    """Do the replies reach another translator, or does a plain router not know where to send
    them?"""
    path = found.context.findings.reverse
    if path.disposition not in (Disposition.NO_ROUTE, Disposition.BLACKHOLE) or not path.hops:
        return
    last = path.hops[-1].name
    device = found.context.case.inventory.named(last)
    keeps_state = device is not None and device.stateful_by_role
    if not keeps_state:
        text = f"no other translator gets them: {last} has no route for them"
        yield Reason(3 * REFUTES, text)


def _refused(found: Bypass) -> Iterator[Reason]:
    """Would the device that gets the replies refuse them, and did it?"""
    if found.point is None or not found.point.explanations:
        return
    explanation = found.point.explanations[0]
    yield configured(explanation)
    if explanation.rule or explanation.chain:
        yield from rule_counted(found.context, found.guilty, explanation)


def bypassed(context: Context) -> Iterator[Reason]:
    """Against missing state alone: the device that the replies miss is the one that translated the
    flow."""
    found = bypass(context)
    if found is not None:
        text = f"{found.translator.name} translates the flow, and the replies do not return to it"
        yield Reason(2 * REFUTES, text, found.translator.evidence)
    balancer = skipped_balancer(context)
    if balancer is not None and found is None:
        text = f"{balancer.name} balances the flow, and replies go past it on purpose"
        yield Reason(2 * REFUTES, text, balancer.evidence)


def past_balancer(point: DropPoint) -> Iterator[Reason]:
    """Against a plain filter or check: what it refuses is the direct return of a balanced flow."""
    balancer = skipped_balancer(point.context) if point.reverse else None
    if balancer is not None:
        yield Reason(
            REFUTES,
            f"{balancer.name} balances the flow, and this is its direct return",
            balancer.evidence,
        )


def skipped_balancer(context: Context) -> Hop | None:
    """The load balancer that the requests visit and the replies do not."""
    for hop in context.findings.forward.hops:
        if hop.device and balances(context, hop):
            return None if hop.name in context.findings.reverse.names else hop
    return None


def _seen(found: Bypass) -> Iterator[Reason]:
    """Where captures show the replies; the first of these that is seen counts."""
    astray = _stopped_there(found) or _seen_elsewhere(found) or _left_elsewhere(found)
    if astray is not None:
        yield astray
    if found.context.saw(found.translator.name, reverse=True):
        yield Reason(REFUTES, f"{found.translator.name} itself saw replies come in")


def _stopped_there(found: Bypass) -> Reason | None:
    drop = found.point.drop if found.point is not None else None
    if drop is None:
        return None
    text = f"the {drop.packet} came in at {drop.node} and did not go out"
    return Reason(DIRECT, text, drop.evidence)


def _seen_elsewhere(found: Bypass) -> Reason | None:
    if not found.elsewhere or not found.context.saw(found.guilty, reverse=True):
        return None
    there = found.context.observation(found.guilty, reverse=True)
    text = f"the replies were seen at {found.guilty}, not at {found.translator.name}"
    return Reason(DIRECT, text, there.evidence if there else ())


def _left_elsewhere(found: Bypass) -> Reason | None:
    """Were the replies seen to leave the server by another interface than the requests came in
    on?"""
    context, server = found.context, found.context.server
    out, back = (context.observation(server or "", reverse) for reverse in (False, True))
    if out is None or back is None or context.saw(found.translator.name, reverse=True) is not False:
        return None
    came = {p.interface for p in out.came_in if p.interface}
    left = {p.interface for p in back.went_out if p.interface}
    if not came or not left or came & left:
        return None
    text = (
        f"{server} got the requests on {', '.join(sorted(came))} and sends its replies by"
        f" {', '.join(sorted(left))}"
    )
    return Reason(
        DIRECT, f"{text}; {found.translator.name} saw none of them", (*out.evidence, *back.evidence)
    )


def _resets(found: Bypass) -> Iterator[Reason]:
    """Who does not know the connection answers with a reset: the other translator, or the
    client."""
    context = found.context
    judge = found.guilty if hides_source(found.translator) and found.elsewhere else context.client
    moved = counter_moved(context.case, judge or "", CounterMeaning.RESET_SENT)
    if moved is not None and moved.amount > 0 and context.tcp:
        yield Reason(
            WEAK,
            f"{judge} answered {some(moved.amount)} with a reset: they fit no connection that it"
            " knows",
            moved.evidence,
        )


def earlier_request(context: Context) -> Iterator[Reason]:
    """Does the request itself stop on its way?"""
    first = next(
        (s for s in drop_points(context) if not s.reverse and s.device != context.client), None
    )
    if first is not None:
        weight = 2 * REFUTES if first.drop else REFUTES
        yield Reason(weight, f"the {first.packet} stops at {first.device} on the way out")
