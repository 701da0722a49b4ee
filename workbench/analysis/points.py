"""In which order do packets pass the capture points, when nothing but captures is known? The TTL tells."""

from __future__ import annotations

from dataclasses import replace

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from workbench.analysis.case import Case
from workbench.analysis.findings import Basis, Fate, Hop, Path
from workbench.analysis.seen import captured, watched
from workbench.analysis.translate import same

FIRST_TTLS = (32, 64, 128, 255)


def only_captures(case: Case) -> bool:
    """Is there no device that told anything of routing, but at least one that captured?"""
    told = (Question.ROUTES, Question.INTERFACES, Question.ROUTE_CHOICE)
    routing = any(case.asked(device.name, question) for device in case.inventory.devices for question in told)
    return not routing and any(True for _ in watched(case))


def begins(ttl: int | None) -> bool:
    """Has the packet passed no router yet?"""
    return ttl in FIRST_TTLS[1:]


def by_captures(case: Case, flow: Flow, reverse: bool = False, forward: Path | None = None) -> Path:
    """The points that saw the direction, nearest to its source first; those that did not see it come after."""
    order = _order(case, flow)
    rest = [hop.device for hop in forward.hops if hop.device] if forward else []
    unseen = [name for name in (*reversed(rest), *watched(case)) if name not in order]
    names = [*order, *dict.fromkeys(unseen)]
    hops = [_hop(name, flow, name in order) for name in names]
    if hops and not begins(order.get(names[0])):
        hops.insert(0, replace(_hop(None, flow, False), address=flow.src))
    return Path(flow, tuple(hops), Fate.INVISIBLE, reverse)


def _order(case: Case, flow: Flow) -> dict[str, int | None]:
    """The highest TTL at each point that saw the flow, sorted: the higher, the nearer to the source."""
    highest: dict[str, tuple[int, float]] = {}
    ours: dict[int, bool] = {}  # captures share one object among the packets of a flow
    for device, item, packet, _ in captured(case):
        key = id(packet.flow)
        if key not in ours:
            ours[key] = packet.flow is not None and same(flow, packet.flow)
        if ours[key] and packet.ttl is not None:
            met = (packet.ttl, -(packet.time - item.clock_offset))
            highest[device] = max(highest.get(device, met), met)
    return {name: highest[name][0] for name in sorted(highest, key=lambda name: highest[name], reverse=True)}


def _hop(device: str | None, flow: Flow, observed: bool) -> Hop:
    basis = Basis.OBSERVED if observed else Basis.UNKNOWN
    words = "seen here by its capture" if observed else "its capture did not see this direction"
    return Hop(device, None, None, None, None, flow, flow, basis, decided=words if device else "")
