"""Which cheap question would decide between the hypotheses that are still open?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Query, QueryParams, Question
from collectors.model.inventory import Device
from collectors.playbook import (
    capture_client,
    capture_server,
    listeners,
    neighbours,
    route_get,
    sessions,
)
from workbench.analysis.case.findings import Hop
from workbench.analysis.case.verdict import Cause, Hypothesis
from workbench.analysis.device.route_decision import next_hops_to
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.trace.links import networks
from workbench.analysis.trace.next_hops import resolve_next_hop

BUDGET = 12
STATEFUL = frozenset(
    {Cause.ASYM_STATEFUL_FW, Cause.ASYM_STATEFUL_HALF_PATH, Cause.ECMP_ASYM_STATEFUL}
)


def settling(context: Context, open_ones: tuple[Hypothesis, ...]) -> tuple[Query, ...]:
    """What to ask now, the most telling first, within the budget."""
    if not open_ones:
        return ()
    queries = [query for hypothesis in open_ones for query in _for(context, hypothesis)]
    queries += (*duplicate_addresses(context), *astray(context), *unwatched(context))
    new = (query for query in queries if new_question(context, query))
    return tuple(dict.fromkeys(new))[:BUDGET]


def _for(context: Context, hypothesis: Hypothesis) -> Iterator[Query]:
    guilty = hypothesis.guilty_node
    if guilty is None or context.case.inventory.named(guilty) is None:
        return
    if hypothesis.cause in STATEFUL:
        yield from _sessions(context, guilty)
    elif hypothesis.cause is Cause.RP_FILTER_STRICT:
        yield from _way_back(context, guilty)
    elif hypothesis.cause is Cause.HOST_DOWN:
        yield from _neighbours(hypothesis.decided_by)
    elif hypothesis.cause is Cause.SERVICE_NOT_LISTENING:
        params = QueryParams(flow=context.flow)
        yield Query(guilty, Question.LISTENERS, params, step=listeners.STEP.id)


def _neighbours(router: str | None) -> Iterator[Query]:
    if router:
        params = QueryParams(sample="settle")
        yield Query(router, Question.NEIGHBOURS, params, step=neighbours.STEP.id)


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
    for reverse in (False, True):
        hop = context.hop(guilty, reverse)
        if hop is not None and hop.iif is not None:
            yield _exact(hop)


def _exact(hop: Hop) -> Query:
    params = QueryParams(flow=hop.flow_in.reversed())
    return Query(hop.device or "", Question.ROUTE_CHOICE, params, step=route_get.STEP.id)


def astray(context: Context) -> Iterator[Query]:
    """Packets left a device and never came where they were expected: do they come in at somebody
    else near it?"""
    drop = context.findings.drop
    if drop is None:
        return
    hop = context.hop(drop.node, drop.reverse)
    if hop is None or hop.device is None or _kept(context, hop.device, drop.reverse):
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
    if context.findings.flow_works or context.case.duplicate_addresses:
        return
    names = (*context.findings.forward.names, *context.findings.reverse.names)
    for name in dict.fromkeys(names):
        yield from _watch(context, name)


def _watch(context: Context, name: str) -> Iterator[Query]:
    """A window of its own for a device that was never asked for one."""
    captures = [one for one in context.case.evidence if one.question is Question.CAPTURE]
    tried = name in {one.device for one in captures}
    if not captures or tried or not _has_login(context.case.inventory.named(name)):
        return
    step = capture_client.STEP if name == context.client else capture_server.STEP
    yield Query(name, Question.CAPTURE, captures[-1].params, step=step.id)
    params = QueryParams(flow=context.flow, flows=context.flows)
    yield Query(name, Question.SESSIONS, params, step=sessions.STEP.id)


def _has_login(device: Device | None) -> bool:
    return device is not None and device.login is not None


def _kept(context: Context, device: str, reverse: bool) -> bool:
    """Did its own capture run, and never see the packets leave?"""
    if not context.case.asked(device, Question.CAPTURE):
        return False
    there = context.observation(device, reverse)
    return there is None or not there.went_out


def _near(context: Context, hop: Hop) -> Iterator[str]:
    """Who could get what the device sends: by another of its tables, or on the same link."""
    case, device, target = context.case, hop.device or "", hop.flow_out.dst
    for way in next_hops_to(case, device, target):
        arrival = resolve_next_hop(case, device, way.interface, way.gateway or target)
        if arrival.device:
            yield arrival.device
    links = networks(case, device, hop.oif)
    for port in case.ports:
        if port.address.network in links and port.device != device:
            yield port.device


def new_question(context: Context, query: Query) -> bool:
    """Was this not asked yet?"""
    return all(e.query != query for e in context.case.answers(query.device, query.question))
