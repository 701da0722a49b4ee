"""Which devices does a step ask, and when within the window?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import Flow
from collectors.model.inventory import Device
from collectors.model.step import Options, RunPhase, View, Visit

SMALL = 16  # devices: a network of this size is asked everything at once
LARGE = 64  # devices: above this only those near the flow are asked
PROBE_DELAY = 0.8  # seconds into the window: captures must be running first
# source ports of our own traceroutes, so that readers can tell them from the flow
PROBE_PORTS = (61731, 61732)


def with_login(devices: Iterable[Device]) -> tuple[Device, ...]:
    """Those that the inventory says how to log in to."""
    return tuple(device for device in devices if device.login is not None)


def everyone(view: View) -> tuple[Device, ...]:
    """All devices of a network of normal size; in a very large one those near the flow."""
    devices = view.inventory.devices
    return with_login(devices) if len(devices) <= LARGE else near(view)


def near(view: View) -> tuple[Device, ...]:
    """All devices of a small network, else those that the flow is thought to visit, their partners
    and the ends."""
    if len(view.inventory.devices) <= SMALL:
        return with_login(view.inventory.devices)
    return involved(view)


def involved(view: View) -> tuple[Device, ...]:
    """The devices of all visits, their partners, and the ends."""
    ends = [device for device in (view.client, view.server) if device is not None]
    return with_login(dict.fromkeys((*view.involved, *ends)))


def ends(view: View) -> tuple[Device, ...]:
    """The client and the server, as far as they can be asked."""
    return with_login(
        dict.fromkeys(device for device in (view.client, view.server) if device is not None)
    )


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
    return (("mid", round(window * 0.6, 2)), ("late", round(max(window * 0.6, window - 0.4), 2)))


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
    for visit in view.visits:
        device = view.inventory.named(visit.device)
        if visit.reverse is not reverse or device is None or device.login is None:
            continue
        if visit.iif is not None or (origin is not None and origin.name == visit.device):
            yield visit


def probes_allowed(options: Options, level: str = "gentle") -> bool:
    """Does the responder allow probes of this level?"""
    levels = ("off", "gentle", "full")
    return options.probes in levels and levels.index(options.probes) >= levels.index(level)


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
