"""Does the server's own packet filter deny this flow?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.model.counters import CounterMeaning
from collectors.model.remedy.filters import AnswerEcho
from workbench.analysis.captures.time_spans import another_time
from workbench.analysis.case.findings import Findings, Observation
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis, Reason
from workbench.analysis.case.wording import some
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.ends.listening import listening
from workbench.analysis.diagnosis.facts.ends.signed import Unsigned, unsigned
from workbench.analysis.diagnosis.facts.filters.denials import reason_of
from workbench.analysis.diagnosis.facts.neighbours.duplicate_addresses import misdirected
from workbench.analysis.diagnosis.facts.neighbours.mute import dead_entry, mute, woken
from workbench.analysis.diagnosis.facts.neighbours.solicitation import deaf, last_router
from workbench.analysis.diagnosis.facts.reasons import (
    DIRECT,
    STRONG,
    WEAK,
    astray_words,
    both_ends,
    led_astray,
    located,
    logged,
)
from workbench.analysis.diagnosis.facts.stops.complaints import (
    ComplaintKind,
    complaint,
    complaint_reasons,
)
from workbench.analysis.diagnosis.facts.stops.drop_points import (
    DropPoint,
    drop_point_reasons,
    drop_points,
)
from workbench.analysis.diagnosis.facts.stops.explanations import DropExplanation, DropReason
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.evidence.counter_deltas import counter_moved


def server_policy_deny(findings: Findings) -> Iterable[Hypothesis]:
    """Does the server's own packet filter deny this flow?"""
    context = context_of(findings)
    yield from _complained(context)
    for point in drop_points(context):
        explanation = (
            point.why(DropReason.INPUT, DropReason.OUTPUT, DropReason.STATELESS, DropReason.POLICY)
            if point.device == context.server
            else None
        )
        if explanation is not None:
            doubled = None if point.reverse else misdirected(context, point.device)
            yield Hypothesis(
                Cause.SERVER_POLICY_DENY,
                guilty_node=point.device,
                decided_by=doubled.router if doubled else point.device,
                direction=point.direction,
                reasons=(
                    *drop_point_reasons(point, explanation),
                    *_reasons(point),
                    *led_astray(doubled, point.device),
                ),
                fixes=(
                    *remedies.one_holder(context, doubled, point.device),
                    *remedies.allow_on_host(point, explanation),
                ),
                refuted_by="the server answering the request",
                would_settle=_settles(explanation),
                summary=(
                    f"{_who_denies(point.device, explanation)} the {point.packet}"
                    f" ({reason_of(point, explanation)}){astray_words(doubled)}"
                ),
            )
    yield from _unsigned(context)
    yield from _hidden(context)
    yield from _deaf(context)
    yield from _mute(context)


def _by_setting(explanation: DropExplanation) -> bool:
    """Is it a setting of its kernel, and no rule of a filter?"""
    return isinstance(explanation.cure, AnswerEcho)


def _who_denies(server: str, explanation: DropExplanation) -> str:
    return (
        f"a setting of {server} denies"
        if _by_setting(explanation)
        else f"{server}'s own packet filter denies"
    )


def _settles(explanation: DropExplanation) -> str:
    if _by_setting(explanation):
        return "an attempt after the setting is changed"
    return "the counter of that rule on the server before and after an attempt"


def _unsigned(context: Context) -> Iterator[Hypothesis]:
    """The listening socket takes signed segments only, as routers that speak BGP ask of each
    other."""
    found = unsigned(context)
    if found is None:
        return
    yield Hypothesis(
        Cause.SERVER_POLICY_DENY,
        guilty_node=found.server,
        decided_by=found.server,
        direction=Direction.FORWARD,
        reasons=(
            *both_ends(context),
            Reason(STRONG, found.text, found.evidence),
            Reason(
                STRONG,
                f"the {found.drop.packet} reaches {found.server} and is not answered",
                found.drop.evidence,
            ),
        ),
        fixes=tuple(remedies.sign_alike(context, found)),
        refuted_by=_unless(found),
        would_settle=_would_settle(found),
        summary=f"{found.server} discards the client's segments: they come {found.lacks}",
    )


def _unless(found: Unsigned) -> str:
    if found.aged:
        return f"{found.server} answering a segment with as small a TTL"
    return f"a signed connection that {found.server} does not answer either"


def _would_settle(found: Unsigned) -> str:
    if found.aged:
        return (
            f"what the service on {found.server} sets for this peer (TTL security), and the TTL of"
            " what comes"
        )
    return (
        f"the keys of the service on {found.server} and of the client: for which peer, and"
        " since when"
    )


def _mute(context: Context) -> Iterator[Hypothesis]:
    """The server answers no question for its hardware address: only a machine that it asks itself
    can reach it."""
    why, dead, changed = mute(context), dead_entry(context), woken(context)
    if why is None or dead is None:
        return
    router, states, proof = dead
    silent = (
        f"{router.name} got no answer from {why.device} when it asked for its hardware address"
        f" (entry {states})"
    )
    yield Hypothesis(
        Cause.SERVER_POLICY_DENY,
        guilty_node=why.device,
        decided_by=why.device,
        direction=Direction.FORWARD,
        reasons=(
            *(both_ends(context) if changed is None else ()),
            Reason(DIRECT, silent, proof),
            Reason(STRONG, f"{why.device}: {why.why}", why.evidence),
            *([Reason(WEAK, changed.text, changed.evidence)] if changed else []),
        ),
        fixes=tuple(remedies.answer_neighbours(why)),
        refuted_by=(
            f"a neighbour entry for {why.device} that is answered while {why.device} itself says"
            " nothing"
        ),
        would_settle=(
            f"the neighbour table of {router.name} some minutes after the last packet from"
            f" {why.device}"
        ),
        summary=(
            f"{why.device} does not announce its hardware address ({why.why}), so {router.name}"
            f" cannot"
            " deliver anything to it"
        )
        + (", until it speaks itself, as a probe of ours made it do" if changed else ""),
    )


def _deaf(context: Context) -> Iterator[Hypothesis]:
    """IPv6: the server's filter drops what neighbours ask each other, so packets cannot be handed
    over."""
    found = deaf(context)
    if found is None or context.server is None:
        return
    hop, outcome = found
    reverse = hop.iif is None
    text = f"{context.server} drops neighbour messages, so it cannot use its link: {outcome.words}"
    silent = last_router(context)
    seen = located(context, context.server, reverse)
    yield Hypothesis(
        Cause.SERVER_POLICY_DENY,
        guilty_node=context.server,
        decided_by=context.server,
        direction=Direction.of(reverse=reverse),
        reasons=(
            *both_ends(context),
            Reason(STRONG, text, outcome.evidence),
            *(
                [Reason(DIRECT, silent[1].text, silent[1].evidence)]
                if silent
                else [seen]
                if seen
                else []
            ),
        ),
        fixes=tuple(remedies.hear_neighbours(context, context.server)),
        refuted_by=f"a neighbour entry for {context.server} that answers",
        would_settle=(
            f"the neighbour table of {context.server} and of its router while one pings the other"
        ),
        summary=f"{context.server}'s own packet filter drops neighbour discovery: {outcome.words}",
    )


def _hidden(context: Context) -> Iterator[Hypothesis]:
    """The server may not be watched, nor its rules be read: packets are handed to it, it listens,
    and it is silent."""
    last = _handed_over(context)
    found = listening(context)
    if (
        context.server is None
        or last is None
        or found is None
        or not found.serves
        or context.filters_known(context.server)
    ):
        return
    evidence = (*(last.evidence), *found.evidence)
    text = (
        f"{last.device} hands the packets to {context.server}, which listens for them and answers"
        " nothing"
    )
    from_log = _reported_by_log(context, context.server)
    own = "its own packet filter"
    why = f"{own}, as its log shows" if from_log else f"most likely {own}"
    yield Hypothesis(
        Cause.SERVER_POLICY_DENY,
        guilty_node=context.server,
        decided_by=context.server,
        direction=Direction.FORWARD,
        reasons=(
            *both_ends(context),
            Reason(STRONG, text, evidence),
            Reason(1.5, f"the rules of {context.server} may not be read: they remain"),
            *from_log,
            *_undelivered(context, context.server),
        ),
        refuted_by="the server answering the request",
        would_settle=f"the packet filter of {context.server}, and a capture there",
        summary=f"{context.server} gets the packets, listens, and answers nothing: {why}",
    )


def _reported_by_log(context: Context, server: str) -> tuple[Reason, ...]:
    """What the server's own log says of it."""
    seen = located(context, server, reverse=False)
    return (seen,) if seen is not None else tuple(logged(context, server, reverse=False))


def _handed_over(context: Context) -> Observation | None:
    """The last hop before the server, if its capture saw packets go to the server and none come
    back."""
    names = context.findings.forward.names
    if len(names) < 2 or context.server != names[-1] or not context.case.reached(context.server):
        return None
    if context.observation(context.server, reverse=False) is not None or context.saw(
        names[-2], reverse=True
    ):
        return None
    if another_time(context.case, context.server, names[-2:-1]):
        return None  # what it did then, nobody saw
    there = context.observation(names[-2], reverse=False)
    return there if there is not None and there.went_out else None


def _reasons(point: DropPoint) -> Iterator[Reason]:
    yield from _undelivered(point.context, point.device)


def _undelivered(context: Context, device: str) -> Iterator[Reason]:
    received = counter_moved(context.case, device, CounterMeaning.ARRIVED, 4)
    delivered = counter_moved(context.case, device, CounterMeaning.DELIVERED, 4)
    if received and delivered and received.amount > delivered.amount:
        text = (
            f"{device} received {some(received.amount)} and delivered {delivered.amount} during the"
            " capture"
        )
        yield Reason(0.5, text, received.evidence)


def _complained(context: Context) -> Iterator[Hypothesis]:
    """The server, which cannot be asked, told the client so itself."""
    found = complaint(context, ComplaintKind.PROHIBITED, by_server=True)
    if found is not None and not found.reverse:
        name = context.server or str(found.by)
        yield Hypothesis(
            Cause.SERVER_POLICY_DENY,
            guilty_node=name,
            decided_by=name,
            direction=Direction.FORWARD,
            reasons=tuple(complaint_reasons(context, found)),
            refuted_by="the server answering the request",
            would_settle=(
                f"the packet filter of {name}, and its counters before and after an attempt"
            ),
            summary=(
                f'{name} refuses the request by its own filter: it told the client "{found.kind}"'
            ),
        )
