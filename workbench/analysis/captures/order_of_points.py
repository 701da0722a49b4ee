"""In which order do packets pass the capture points, when nothing but captures is known? The TTL
tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import inf
from typing import Any

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import Packet
from workbench.analysis.captures.disguises import disguises
from workbench.analysis.captures.flow_counts import captured, counted_flows, tunnels_around, watched
from workbench.analysis.captures.round_trips import soonest_answer
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Basis, Disposition, Hop, Trace
from workbench.analysis.case.wording import listed

_OF_ROUTING = (Question.ROUTES, Question.INTERFACES, Question.ROUTE_CHOICE)

FIRST_TTLS = (32, 64, 128, 255)


def only_captures(case: Case) -> bool:
    """Is there no device that showed anything of routing, but at least one that captured?"""
    if not watched(case):
        return False
    return not any(_shows_routing(case, device.name) for device in case.inventory.devices)


def _shows_routing(case: Case, device: str) -> bool:
    return any(case.answer(device, question) is not None for question in _OF_ROUTING)


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
    if _begins_elsewhere(order):
        hops.insert(0, Hop(None, flow.src, None, None, None, flow, flow, Basis.UNKNOWN))
    shown = (
        replace(hop, basis=_basis(hop, order), decided=_seen(case, hop, order)) for hop in hops
    )
    return Trace(flow, tuple(shown), Disposition.INVISIBLE, reverse)


def _begins_elsewhere(order: dict[str, int | None]) -> bool:
    """Has a packet passed a router already, where it was seen first?"""
    highest = next(iter(order.values()), None)
    return highest is not None and not begins(highest)


def _unseen(
    case: Case, seen: list[str], answers: dict[str, int | None], forward: Trace | None
) -> Iterator[str]:
    # where the other direction begins
    """The points that should have seen the direction too: none where it arrived, else those that
    lie further on."""
    ends = [name for name, ttl in answers.items() if begins(ttl)][:1]
    if ends and seen[-1:] == ends:
        return
    back = _way_back(answers, forward)
    should_see = [*back, *watched(case)]
    if ends and _takes_a_path_of_its_own(seen, back):
        should_see = ends  # only of its end is it sure to pass it
    for name in dict.fromkeys(should_see):
        if name not in seen:
            yield name


def _takes_a_path_of_its_own(seen: list[str], back: list[str]) -> bool:
    return bool(seen) and seen[-1] not in back


def _way_back(answers: dict[str, int | None], forward: Trace | None) -> list[str]:
    """The points of the other direction, from its end on."""
    names = list(answers)
    if forward is not None:
        names = [hop.device for hop in forward.hops if hop.device]
    return names[::-1]


def _expected(name: str, flow: Flow, forward: Trace | None) -> tuple[Flow, ...]:
    """A point that did not see the answer would have seen it as an answer to what it saw of the
    request."""
    hop = forward.hop(name) if forward is not None else None
    if hop is None:
        return (flow,)
    return (hop.flow_out.reversed(), hop.flow_in.reversed())


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
            ours[key] = _takes_shape(packet, shapes.get(device, ()))
        if ours[key] and packet.ttl is not None:
            met = (packet.ttl, -(packet.time - item.clock_offset))
            highest[device] = max(highest.get(device, met), met)
    saw = {device for (device, _), mine in ours.items() if mine}
    by_ttl: dict[str, int | None] = {name: highest[name][0] for name in _falling(highest)}
    if saw <= set(highest):
        return by_ttl
    return _by_delay(case, shapes, saw) or by_ttl


def _takes_shape(packet: Packet, shapes: tuple[Flow, ...]) -> bool:
    if packet.flow is None:
        return False
    return any(shape.matches(packet.flow) for shape in shapes)


def _by_delay(
    case: Case, shapes: dict[str, tuple[Flow, ...]], saw: set[str]
) -> dict[str, int | None]:
    """Without a TTL, as tcpdump prints none without -v: who waits longest for an answer is nearest
    to who asks.

    Where one point saw an answer and another none, the answer did not come so far. Empty = nothing
    tells.
    """
    waits: dict[str, float] = {}
    for name in saw:
        wait = soonest_answer(case, name, shapes.get(name, ()))
        waits[name] = inf if wait is None else wait
    if len(saw) > 1 and set(waits.values()) == {inf}:
        return {}
    return dict.fromkeys(_falling(waits))


def _falling(values: Mapping[str, Any]) -> list[str]:
    return sorted(values, key=lambda name: values[name], reverse=True)


def _hop(case: Case, device: str, shapes: tuple[Flow, ...]) -> Hop:
    """A device that was seen to take it in and to send it on has an interface for each."""
    nearest, farthest = shapes[0], shapes[-1]
    iif, oif = _interfaces(case, device, nearest, farthest)
    return Hop(device, None, iif, oif, None, nearest, farthest)


def _interfaces(
    case: Case, device: str, flow_in: Flow, flow_out: Flow
) -> tuple[str | None, str | None]:
    """By which interface does it come in, and by which does it go out? None = nobody saw both."""
    before, after = (
        counted_flows(case).of(device, flow_in),
        counted_flows(case).of(device, flow_out),
    )
    if before is None or after is None:
        return None, None
    came, went = list(before.came_in), list(after.went_out)
    if len(came) != 1 or len(went) != 1 or came == went:
        return None, None
    return came[0], went[0]


def _basis(hop: Hop, order: dict[str, int | None]) -> Basis:
    return Basis.OBSERVED if hop.device in order else Basis.UNKNOWN


def _seen(case: Case, hop: Hop, order: dict[str, int | None]) -> str:
    if hop.device is None:
        return ""
    if hop.device not in order:
        return "this direction was not seen in its capture"
    around = tunnels_around(case, hop.device, (hop.flow_in, hop.flow_out))
    if not around:
        return "seen here by its capture"
    return f"seen here by its capture, inside the tunnel {listed(around)}"
