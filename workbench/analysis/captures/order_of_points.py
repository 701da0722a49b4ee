"""In which order do packets pass the capture points, when nothing but captures is known? The TTL
tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import inf
from typing import Any

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from workbench.analysis.captures.disguises import disguises
from workbench.analysis.captures.flow_counts import captured, counted_flows, tunnels_around, watched
from workbench.analysis.captures.round_trips import soonest_answer
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Basis, Disposition, Hop, Trace
from workbench.analysis.case.wording import listed

FIRST_TTLS = (32, 64, 128, 255)


def only_captures(case: Case) -> bool:
    """Is there no device that showed anything of routing, but at least one that captured?"""
    told = (Question.ROUTES, Question.INTERFACES, Question.ROUTE_CHOICE)
    names = [device.name for device in case.inventory.devices]
    routing = any(case.answer(name, question) is not None for name in names for question in told)
    return not routing and any(True for _ in watched(case))


def begins(ttl: int | None) -> bool:
    """Has the packet passed no router yet?"""
    return ttl in FIRST_TTLS[1:]


def by_captures(
    case: Case, flow: Flow, reverse: bool = False, forward: Trace | None = None
) -> Trace:
    """The points that saw the direction, nearest to its source first; those that did not see it
    come after."""
    shapes = disguises(case, flow)
    order, answers = _order(case, flow), _order(case, flow.reversed())
    names = [*order, *_unseen(case, list(order), answers, forward)]
    hops = [_hop(case, name, shapes.get(name) or _expected(name, flow, forward)) for name in names]
    if order and order[names[0]] is not None and not begins(order[names[0]]):
        hops.insert(0, Hop(None, flow.src, None, None, None, flow, flow, Basis.UNKNOWN))
    return Trace(
        flow,
        tuple(replace(h, basis=_basis(h, order), decided=_seen(case, h, order)) for h in hops),
        _DISPOSITION,
        reverse,
    )


def _unseen(
    case: Case, counted_flows: list[str], answers: dict[str, int | None], forward: Trace | None
) -> Iterator[str]:
    """The points that should have seen the direction too: none where it arrived, else those that
    lie further on."""
    # where the other direction begins
    ends = [name for name, ttl in answers.items() if begins(ttl)][:1]
    if counted_flows[-1:] == ends and ends:
        return
    back = (
        [hop.device for hop in forward.hops if hop.device][::-1] if forward else list(answers)[::-1]
    )
    # it takes a way of its own: only of its end is it sure to pass it
    if counted_flows and ends and counted_flows[-1] not in back:
        yield from (name for name in ends if name not in counted_flows)
        return
    yield from (
        name for name in dict.fromkeys((*back, *watched(case))) if name not in counted_flows
    )


_DISPOSITION = Disposition.INVISIBLE


def _expected(name: str, flow: Flow, forward: Trace | None) -> tuple[Flow, ...]:
    """A point that did not see the answer would have seen it as an answer to what it saw of the
    request."""
    hop = forward.hop(name) if forward else None
    return (hop.flow_out.reversed(), hop.flow_in.reversed()) if hop else (flow,)


def _order(case: Case, flow: Flow) -> dict[str, int | None]:
    """The highest TTL at each point that saw the flow, sorted: the higher, the nearer to the
    source."""
    key = ("order of points", flow)
    if key not in case.memo:
        case.memo[key] = _sorted(case, disguises(case, flow))
    found: dict[str, int | None] = case.memo[key]
    return found


def _sorted(case: Case, shapes: dict[str, tuple[Flow, ...]]) -> dict[str, int | None]:
    highest: dict[str, tuple[int, float]] = {}
    ours: dict[tuple[str, int], bool] = {}  # captures share one object among the packets of a flow
    for device, item, packet, _ in captured(case):
        key = (device, id(packet.flow))
        if key not in ours:
            ours[key] = packet.flow is not None and any(
                one.matches(packet.flow) for one in shapes.get(device, ())
            )
        if ours[key] and packet.ttl is not None:
            met = (packet.ttl, -(packet.time - item.clock_offset))
            highest[device] = max(highest.get(device, met), met)
    saw = {device for (device, _), mine in ours.items() if mine}
    if saw - set(highest):
        return _by_delay(case, shapes, saw) or {
            name: highest[name][0] for name in _falling(highest)
        }
    return {name: highest[name][0] for name in _falling(highest)}


def _by_delay(
    case: Case, shapes: dict[str, tuple[Flow, ...]], saw: set[str]
) -> dict[str, int | None]:
    """Without a TTL, as tcpdump prints none without -v: who waits longest for an answer is nearest
    to who asks.

    Where one point saw an answer and another none, the answer did not come so far. Empty = nothing
    tells.
    """
    waits = {name: soonest_answer(case, name, shapes.get(name, ())) for name in saw}
    if len(saw) > 1 and not any(wait is not None for wait in waits.values()):
        return {}
    return dict.fromkeys(
        _falling({name: inf if wait is None else wait for name, wait in waits.items()})
    )


def _falling(values: Mapping[str, Any]) -> list[str]:
    return sorted(values, key=lambda name: values[name], reverse=True)


def _hop(case: Case, device: str, shapes: tuple[Flow, ...]) -> Hop:
    """A device that was seen to take it in and to send it on has an interface for each."""
    flow_counts = (
        counted_flows(case).of(device, shapes[0]),
        counted_flows(case).of(device, shapes[-1]),
    )
    came = set(flow_counts[0].came_in) if flow_counts[0] else set()
    went = set(flow_counts[1].went_out) if flow_counts[1] else set()
    told = len(came) == len(went) == 1 and came != went
    iif, oif = (came.pop(), went.pop()) if told else (None, None)
    return Hop(device, None, iif, oif, None, shapes[0], shapes[-1])


def _basis(hop: Hop, order: dict[str, int | None]) -> Basis:
    return Basis.OBSERVED if hop.device in order else Basis.UNKNOWN


def _seen(case: Case, hop: Hop, order: dict[str, int | None]) -> str:
    if hop.device is None:
        return ""
    if hop.device not in order:
        return "this direction was not seen in its capture"
    around = tunnels_around(case, hop.device, (hop.flow_in, hop.flow_out))
    return f"seen here by its capture{f', inside the tunnel {listed(around)}' if around else ''}"
