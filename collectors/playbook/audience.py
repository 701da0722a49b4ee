"""Which devices does a step ask, and when within the window?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeGuard

from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import Flow
from collectors.model.inventory import Device
from collectors.model.step import Audience, Options, ProbeLevel, RunPhase, View, Visit

# where everybody is asked: so many devices are asked everything at once
SMALL = 16
LARGE = 64  # devices: above this only those near the flow are asked all the same
PROBE_DELAY = 0.8  # seconds into the window: captures must be running first
# source ports of our own traceroutes, so that readers can tell them from the flow
PROBE_PORTS = (61731, 61732)
_LEVELS = tuple(ProbeLevel)  # each allows what those before it allow


def with_login(devices: Iterable[Device]) -> tuple[Device, ...]:
    """Those that the inventory says how to log in to."""
    return tuple(device for device in devices if can_be_asked(device))


def can_be_asked(device: Device | None) -> TypeGuard[Device]:
    """Is it known, and does the inventory say how to log in to it?"""
    return device is not None and device.login is not None


def everyone(view: View) -> tuple[Device, ...]:
    """All devices, where all are asked and it is no very large network; else those near the
    flow."""
    return _all_of_up_to(LARGE, view) or near(view)


def near(view: View) -> tuple[Device, ...]:
    """Those that the flow is thought to visit, their partners, the ends, and who lies between
    them; all devices of a small network, where all are asked."""
    return _all_of_up_to(SMALL, view) or with_login(dict.fromkeys((*involved(view), *view.likely)))


def _all_of_up_to(most: int, view: View) -> tuple[Device, ...]:
    """Nobody where the run asks those near the flow only, or the network is larger."""
    devices = view.inventory.devices
    if view.audience is not Audience.ALL or len(devices) > most:
        return ()
    return with_login(devices)


def involved(view: View) -> tuple[Device, ...]:
    """The devices of all visits, their partners, and the ends."""
    return with_login(dict.fromkeys((*view.involved, *_both_ends(view))))


def ends(view: View) -> tuple[Device, ...]:
    """The client and the server, as far as they can be asked."""
    return with_login(dict.fromkeys(_both_ends(view)))


def _both_ends(view: View) -> list[Device]:
    """The client and the server, as far as they are known."""
    return [device for device in (view.client, view.server) if device is not None]


def ask(
    devices: Iterable[Device],
    question: Question,
    params: QueryParams,
    step: str,
    delay: float = 0.0,
) -> Iterator[Query]:
    """The same question for each device."""
    for device in devices:
        yield Query(device.name, question, params, step, delay)


def counted(
    devices: Iterable[Device], question: Question, run_phase: RunPhase, step: str
) -> Iterator[Query]:
    """A number that is read before and after the window; asked earlier it is the first sample."""
    sample = "after" if run_phase is RunPhase.AFTER else "before"
    return ask(devices, question, QueryParams(sample=sample), step)


def within(window: float) -> tuple[tuple[str, float], tuple[str, float]]:
    """Two looks within the window: after some attempts, and just before its end."""
    middle = window * 0.6
    end = max(middle, window - 0.4)
    return (("mid", round(middle, 2)), ("late", round(end, 2)))


def flows_of(view: View) -> tuple[Flow, ...]:
    """The flow, its reverse and every known translation, each once."""
    return tuple(dict.fromkeys((view.flow, view.flow.reversed(), *view.flows)))


def at(visit: Visit) -> QueryParams:
    """Exactly the packet that arrives there."""
    return QueryParams(flow=visit.flow, iif=visit.iif, mark=visit.mark or None)


def visits(view: View, reverse: bool) -> Iterator[Visit]:
    """The places of one direction that can be asked: where the packet begins, or comes in by a
    known interface."""
    origin = view.server if reverse else view.client
    origin_name = origin.name if origin is not None else None
    for visit in view.visits:
        asked = can_be_asked(view.inventory.named(visit.device))
        if visit.reverse is not reverse or not asked:
            continue
        begins_here = visit.device == origin_name
        if visit.iif is not None or begins_here:
            yield visit


def both_ways(view: View) -> Iterator[Visit]:
    """Those of the forward direction, then those of the reverse direction."""
    yield from visits(view, reverse=False)
    yield from visits(view, reverse=True)


def as_the_server_sees_it(view: View) -> Flow:
    """The reverse flow where it begins: the client may be translated on the way to the server."""
    server = view.server.name if view.server else None
    for visit in view.visits:
        if visit.reverse and visit.device == server:
            return visit.flow
    return view.flow.reversed()


def probes_allowed(options: Options, level: ProbeLevel = ProbeLevel.GENTLE) -> bool:
    """Does the responder allow probes of this level?"""
    if options.probes not in _LEVELS:
        return False
    return _LEVELS.index(options.probes) >= _LEVELS.index(level)


def own_port(flow: Flow, port: int) -> Flow:
    """The flow from a source port of our own; flows without ports stay as they are."""
    return flow if flow.dport is None else replace(flow, sport=port)


def unusable(evidence: Evidence) -> str | None:
    """In words, why an answer says nothing; None when there is an answer."""
    if evidence.status is Status.ANSWERED:
        return None
    if evidence.status is Status.UNPARSED:
        return "There is output that could not be read; the raw text is kept."
    return f"{evidence.device} could not be asked this: {evidence.reason or evidence.status.value}."
