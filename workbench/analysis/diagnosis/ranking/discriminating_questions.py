"""Which cheap question would decide between the hypotheses that are still open?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Query, QueryParams, Question
from collectors.playbook import listeners, neighbours, route_get, sessions
from workbench.analysis.case.findings import Hop
from workbench.analysis.case.verdict import Cause, Hypothesis
from workbench.analysis.device.route_decision import next_hops_to
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.trace.next_hops import networks, resolve_next_hop

BUDGET = 12
STATEFUL = frozenset(
    {Cause.ASYM_STATEFUL_FW, Cause.ASYM_STATEFUL_HALF_PATH, Cause.ECMP_ASYM_STATEFUL}
)


def settling(context: Context, open_ones: tuple[Hypothesis, ...]) -> tuple[Query, ...]:
    """What to ask now, the most telling first, within the budget."""
    found: dict[Query, None] = {}
    for hypothesis in open_ones:
        found.update(
            (query, None) for query in _for(context, hypothesis) if new_question(context, query)
        )
    if open_ones:
        more = (*duplicate_addresses(context), *astray(context), *unwatched(context))
        found.update((query, None) for query in more if new_question(context, query))
    return tuple(found)[:BUDGET]


def _for(context: Context, hypothesis: Hypothesis) -> Iterator[Query]:
    guilty = hypothesis.guilty_node
    if guilty is None or context.case.inventory.named(guilty) is None:
        return
    if hypothesis.cause in STATEFUL:
        yield from _sessions(context, guilty)
    if hypothesis.cause is Cause.RP_FILTER_STRICT:
        yield from _way_back(context, guilty)
    if hypothesis.cause is Cause.HOST_DOWN and hypothesis.decided_by:
        yield Query(
            hypothesis.decided_by,
            Question.NEIGHBOURS,
            QueryParams(sample="settle"),
            step=neighbours.STEP.id,
        )
    if hypothesis.cause is Cause.SERVICE_NOT_LISTENING:
        yield Query(
            guilty, Question.LISTENERS, QueryParams(flow=context.flow), step=listeners.STEP.id
        )


def _sessions(context: Context, guilty: str) -> Iterator[Query]:
    stateful_devices = (
        *context.stateful_devices(reverse=False),
        *context.stateful_devices(reverse=True),
        *context.partners(guilty),
    )
    for device in dict.fromkeys((guilty, *stateful_devices)):
        if not context.held(device).sessions:
            params = QueryParams(flow=context.flow, flows=context.flows, sample="settle")
            yield Query(device, Question.SESSIONS, params, step=sessions.STEP.id)


def _way_back(context: Context, guilty: str) -> Iterator[Query]:
    hops = [context.hop(guilty, reverse) for reverse in (False, True)]
    for hop in (h for h in hops if h is not None and h.iif is not None):
        yield _exact(hop)


def _exact(hop: Hop) -> Query:
    params = QueryParams(flow=hop.flow_in.reversed())
    return Query(hop.device or "", Question.ROUTE_CHOICE, params, step=route_get.STEP.id)


def astray(context: Context) -> Iterator[Query]:
    """Packets left a device and never came where they were expected: do they come in at somebody
    else near it?"""
    drop = context.findings.drop
    hop = context.hop(drop.node, drop.reverse) if drop is not None else None
    if (
        drop is None
        or hop is None
        or hop.device is None
        or _kept(context, hop.device, drop.reverse)
    ):
        return
    for name in dict.fromkeys(_near(context, hop)):
        yield from _watch(context, name)


def duplicate_addresses(context: Context) -> Iterator[Query]:
    """Several devices hold the source address, as on sites that number alike: which of them sends
    the flow?"""
    for name in context.case.duplicate_addresses:
        yield from _watch(context, name)


def unwatched(context: Context) -> Iterator[Query]:
    """Where a flow that was not seen to work turned out to pass only after the window: nobody
    watched there yet."""
    if not context.findings.flow_works and not context.case.duplicate_addresses:
        for name in dict.fromkeys(
            (*context.findings.forward.names, *context.findings.reverse.names)
        ):
            yield from _watch(context, name)


def _watch(context: Context, name: str) -> Iterator[Query]:
    """A window of its own for a device that was never asked for one."""
    params = next(
        (e.params for e in reversed(context.case.evidence) if e.question is Question.CAPTURE), None
    )
    known = context.case.inventory.named(name)
    tried = any(e.device == name and e.question is Question.CAPTURE for e in context.case.evidence)
    if params is not None and known is not None and known.login is not None and not tried:
        yield Query(name, Question.CAPTURE, params, step="capture")
        yield Query(
            name,
            Question.SESSIONS,
            QueryParams(flow=context.flow, flows=context.flows),
            step=sessions.STEP.id,
        )


def _kept(context: Context, device: str, reverse: bool) -> bool:
    """Did its own capture run, and never see the packets leave?"""
    there = context.observation(device, reverse)
    return context.case.asked(device, Question.CAPTURE) and (there is None or not there.went_out)


def _near(context: Context, hop: Hop) -> Iterator[str]:
    """Who could get what the device sends: by another of its tables, or on the same link."""
    for way in next_hops_to(context.case, hop.device or "", hop.flow_out.dst):
        arrival = resolve_next_hop(
            context.case, hop.device or "", way.interface, way.gateway or hop.flow_out.dst
        )
        yield from (arrival.device,) if arrival.device else ()
    links = networks(context.case, hop.device or "", hop.oif)
    yield from (
        p.device
        for p in context.case.ports
        if p.address.network in links and p.device != hop.device
    )


def new_question(context: Context, query: Query) -> bool:
    """Was this not asked yet?"""
    return all(e.query != query for e in context.case.answers(query.device, query.question))
