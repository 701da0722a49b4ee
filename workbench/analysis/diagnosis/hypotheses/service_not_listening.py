"""Does nothing listen where the flow is delivered?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.model.counters import CounterMeaning
from workbench.analysis.case.findings import Attempt, ConnState, Disposition, Findings
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis, Reason
from workbench.analysis.case.wording import some
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.ends.listening import Listening, listening
from workbench.analysis.diagnosis.facts.ends.no_backends import no_backends
from workbench.analysis.diagnosis.facts.ends.proxied import proxied
from workbench.analysis.diagnosis.facts.neighbours.duplicate_addresses import misdirected
from workbench.analysis.diagnosis.facts.reasons import (
    DIRECT,
    STRONG,
    WEAK,
    astray_words,
    both_ends,
    led_astray,
    silence,
)
from workbench.analysis.diagnosis.facts.stops.drop_points import stopped_before_service
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.evidence.counter_deltas import counter_moved


def service_not_listening(findings: Findings) -> Iterable[Hypothesis]:
    """Does nothing listen where the flow is delivered?"""
    context = context_of(findings)
    found = listening(context)
    if found is None:
        yield from _unserved(context) or _unasked(context)
    if context.server is None or found is None or found.serves:
        return
    doubled = misdirected(context, context.server)
    yield Hypothesis(
        Cause.SERVICE_NOT_LISTENING,
        guilty_node=context.server,
        decided_by=doubled.router if doubled else context.server,
        direction=Direction.FORWARD,
        reasons=(*_reasons(context, found), *led_astray(doubled, context.server)),
        fixes=tuple(
            remedies.one_holder(context, doubled, context.server)
            if doubled
            else remedies.serve(context, found)
        ),
        refuted_by=f"a listening socket on {context.server} for {found.target}",
        would_settle=(
            "the list of listening sockets, and what the server answers: a RST says that nothing"
            " listens"
        ),
        summary=(
            f"nothing listens on {found.target} at"
            f" {context.server}{found.elsewhere}{astray_words(doubled)}"
        ),
    )


def _unserved(context: Context) -> tuple[Hypothesis, ...]:
    """A node of the cluster says in its rules that no pod serves the service."""
    found = no_backends(context)
    if found is None:
        return ()
    refused = [a for a in context.attempts if a.end is ConnState.REFUSED][:1]
    met = [
        Reason(DIRECT, "attempts are refused at once, which is what this rule does", a.evidence)
        for a in refused
    ]
    return (
        Hypothesis(
            Cause.SERVICE_NOT_LISTENING,
            guilty_node=found.device,
            decided_by=found.device,
            direction=Direction.FORWARD,
            reasons=(*both_ends(context), Reason(STRONG, found.text, found.evidence), *met),
            refuted_by=(
                f"an endpoint of {found.service}: a pod that is ready and that its selector picks"
            ),
            would_settle=(
                f"`kubectl get endpointslices` of {found.service}, and whether its pods are ready"
            ),
            summary=(
                f"no pod serves {found.service}: it has no endpoints, and {found.device} refuses"
                " what is for it"
            ),
        ),
    )


def _unasked(context: Context) -> Iterator[Hypothesis]:
    """Nobody can ask the server, but its refusals were seen to come from its side of the last
    hop."""
    hops = context.findings.forward.hops
    refused = [a for a in context.attempts if a.end is ConnState.REFUSED]
    there = context.observation(hops[-2].name, reverse=True) if len(hops) > 1 else None
    if context.tcp and refused and not context.findings.observations:
        yield _uncaptured(context, refused)
        return
    if (
        not context.tcp
        or not refused
        or there is None
        or not any("R" in p.flags for p in there.came_in)
    ):
        return
    path = context.findings.forward
    name = (
        hops[-1].name if path.disposition is Disposition.DELIVERED else str(hops[-1].flow_out.dst)
    )
    worked = sum(a.end is ConnState.WORKED for a in context.attempts)
    text = (
        "attempts are refused at once"
        if not worked
        else _in_part(len(refused), len(refused) + worked)
    )
    yield Hypothesis(
        Cause.SERVICE_NOT_LISTENING,
        guilty_node=name,
        decided_by=name,
        direction=Direction.FORWARD,
        reasons=(
            *both_ends(context),
            Reason(STRONG, text, refused[0].evidence),
            Reason(STRONG, f"{hops[-2].name} saw the refusal come from {name}", there.evidence),
            *stopped_before_service(context),
        ),
        refuted_by=f"a listening socket on {name}, or a filter there that refuses with a reset",
        would_settle=(
            "the listening sockets of"
            f" {name}{', and of every server behind that address' if worked else ''}"
        ),
        summary=(
            f"{name} refuses the connection: most likely nothing listens on port {context.flow.dport}"
            if not worked
            else (
                f"{text}: most likely one of several servers behind {name} does not listen on port"
                f" {context.flow.dport}"
            )
        ),
    )


def _uncaptured(context: Context, refused: list[Attempt]) -> Hypothesis:
    """Somebody only tried: the refusal came in the target's name, and nobody saw from where."""
    name = str(
        context.findings.forward.hops[-1].flow_out.dst
        if context.findings.forward.hops
        else context.flow.dst
    )
    guilty = context.server or name
    worked = sum(a.end is ConnState.WORKED for a in context.attempts)
    part = (
        _in_part(len(refused), len(refused) + worked)
        if worked
        else "the attempt is refused at once"
    )
    return Hypothesis(
        Cause.SERVICE_NOT_LISTENING,
        guilty_node=guilty,
        decided_by=guilty,
        direction=Direction.FORWARD,
        reasons=(
            *both_ends(context),
            Reason(DIRECT, part, refused[0].evidence),
            *stopped_before_service(context),
        ),
        refuted_by=(
            f"a listening socket on {guilty}, or a filter on the way that refuses with a reset"
        ),
        would_settle=f"the listening sockets of {guilty}, and a capture there: who sends the RST?",
        summary=(
            f"{part}: most likely nothing listens on port {context.flow.dport} of {guilty}, "
            "or a filter refuses on its behalf"
        ),
    )


def _in_part(refused: int, of: int) -> str:
    return f"{refused} of {of} attempts are refused at once, the others work"


def _reasons(context: Context, found: Listening) -> Iterator[Reason]:
    yield from both_ends(context)
    yield Reason(
        STRONG,
        f"{context.server} has no listening socket for {found.target}{found.elsewhere}",
        found.evidence,
    )
    if found.same_port:
        bound = found.elsewhere.strip(" ()")
        yield Reason(
            WEAK, f"a service is there, but cannot be reached this way: {bound}", found.evidence
        )
    refused = [a for a in context.attempts if a.end is ConnState.REFUSED]
    if refused:
        yield Reason(DIRECT, "the attempt was refused at once", refused[0].evidence)
    yield from proxied(context)
    moved = counter_moved(context.case, context.server or "", CounterMeaning.RESET_SENT)
    if moved is not None and moved.amount > 0 and context.tcp:
        yield Reason(
            1.0,
            f"{context.server} sent {some(moved.amount, 'reset')} during the capture",
            moved.evidence,
        )
    yield from stopped_before_service(context)
    yield from silence(context)
