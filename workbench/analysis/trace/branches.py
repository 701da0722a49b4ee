"""Which of several equal next hops does this flow take? What was seen comes before what was
predicted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from collectors.model.flow import Flow
from collectors.model.records import NextHop
from workbench.analysis.captures.flow_counts import FlowCount, counted_flows
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Basis, Branch
from workbench.analysis.device.route_decision import Decision, any_route_out, next_hops_to
from workbench.analysis.device.translation import session_of
from workbench.analysis.trace.next_hops import handed, resolve_next_hop


@dataclass(frozen=True, slots=True)
class Choice:
    """The next hop that the flow takes, what that rests on, and the whole set."""

    hop: NextHop
    basis: Basis
    branches: tuple[Branch, ...] = ()
    words: str = ""  # where it differs from what routing says
    evidence: tuple[str, ...] = ()


def choose(
    case: Case,
    device: str,
    routed: Flow,
    after: Flow,
    found: Decision,
    *,
    again_on: str | None = None,
) -> Choice:
    """Which next hop does the flow take at the device? `again_on`: it was there before, and comes
    back by this link."""
    shapes = tuple(dict.fromkeys((after, routed)))
    # what left before shows nothing of what never came back
    can_be_seen = again_on is None or _seen_coming(case, device, shapes, again_on)
    choice = _observed(case, device, shapes, found) if can_be_seen else None
    if choice is None:
        choice = _unseen(case, device, after, found)
    return replace(choice, branches=_branches(case, device, after, found, choice.hop))


def _seen_coming(case: Case, device: str, flows: tuple[Flow, ...], interface: str) -> bool:
    """Did its own capture see the flow come in there?"""
    for flow in flows:
        count = counted_flows(case).of(device, flow)
        if count is not None and interface in count.came_in:
            return True
    return False


def _unseen(case: Case, device: str, after: Flow, found: Decision) -> Choice:
    """No capture tells: what the device says, else who holds a session."""
    if found.chosen is not None:
        hidden = _only_seen_tells(after, found)
        return Choice(found.chosen, Basis.UNKNOWN if hidden else Basis.PREDICTED)
    by_sessions = _by_sessions(case, device, after, found)
    # a route that names no next hop at all leads nowhere that could be known
    first = next(iter(found.next_hops), NextHop(None))
    return by_sessions or Choice(first, Basis.UNKNOWN)


def _only_seen_tells(flow: Flow, found: Decision) -> bool:
    """IPv6 hashes the flow label too, which is another one in every connection: only what was seen
    tells the branch."""
    return flow.version == 6 and len(found.next_hops) > 1


def _by_sessions(case: Case, device: str, flow: Flow, found: Decision) -> Choice | None:
    """Exactly one of the next hops' devices holds a session of the flow."""
    if len(found.next_hops) < 2 or flow.sport is None:
        return None
    holding = []
    for hop in found.next_hops:
        held = session_of(case, _device(case, device, hop, flow) or "", flow)
        if held is not None:
            holding.append((hop, held[2].id))
    if len(holding) != 1:
        return None
    hop, number = holding[0]
    return Choice(hop, Basis.OBSERVED, evidence=(number,))


def _device(case: Case, device: str, hop: NextHop, flow: Flow) -> str | None:
    return resolve_next_hop(case, device, hop.interface, hop.gateway or flow.dst).device


def _branches(
    case: Case, device: str, flow: Flow, found: Decision, taken: NextHop
) -> tuple[Branch, ...]:
    if len(found.next_hops) < 2:
        return ()
    branches = []
    for hop in found.next_hops:
        there = _device(case, device, hop, flow)
        branches.append(Branch(there, hop.gateway, hop.interface, hop.weight, hop == taken))
    return tuple(branches)


# --- what captures show ---

_Look = Callable[[Case, str, Flow, Decision], Choice | None]


def _observed(case: Case, device: str, flows: tuple[Flow, ...], found: Decision) -> Choice | None:
    """The surest first."""
    return (
        _first(_seen_handed, case, device, flows, found)
        or _seen_leaving(case, device, flows, found)
        or _first(_seen_arrival, case, device, flows, found)
        or _first(_seen_astray, case, device, flows, found)
    )


def _first(
    look: _Look, case: Case, device: str, flows: tuple[Flow, ...], found: Decision
) -> Choice | None:
    """What that look shows of the first shape of the flow that it shows anything of."""
    for flow in flows:
        choice = look(case, device, flow, found)
        if choice is not None:
            return choice
    return None


def _seen_handed(case: Case, device: str, flow: Flow, found: Decision) -> Choice | None:
    """Frames tell who sent them: the flow came in straight from here at a neighbour of another
    route of this device."""
    takers = {one.device: one.evidence for one in handed(case, device, None, flow)}
    expected = {_device(case, device, hop, flow) for hop in found.next_hops} if takers else set()
    if not takers or not expected.isdisjoint(takers):
        return None
    for hop in next_hops_to(case, device, flow.dst):
        there = _device(case, device, hop, flow)
        if there is not None and there in takers:
            words = f"seen to hand its packets to {there}"
            return _unpredicted(hop, words, takers[there])
    return None


def _unpredicted(hop: NextHop, words: str, evidence: tuple[str, ...]) -> Choice:
    words = f"{words}, although routing predicted another path"
    return Choice(hop, Basis.OBSERVED, words=words, evidence=evidence)


def _seen_leaving(
    case: Case, device: str, flows: tuple[Flow, ...], found: Decision
) -> Choice | None:
    """The device's own capture shows the interface by which the flow left."""
    captures = counted_flows(case)
    for flow in flows:
        names, flow_count = captures.interfaces_out(device, flow), captures.of(device, flow)
        if not names or flow_count is None:
            continue
        evidence = tuple(flow_count.evidence)
        fitting = [hop for hop in found.next_hops if hop.interface in names]
        if len(fitting) == 1 or _on_several_links(fitting):
            hop = _most_telling(case, device, flow, fitting, names)
            return Choice(hop, Basis.OBSERVED, evidence=evidence)
        if not fitting and len(names) == 1:
            return _against_prediction(case, device, flow, next(iter(names)), evidence)
    return None


def _on_several_links(hops: list[NextHop]) -> bool:
    return len({hop.interface for hop in hops}) > 1


def _against_prediction(
    case: Case, device: str, flow: Flow, name: str, evidence: tuple[str, ...]
) -> Choice | None:
    hop = any_route_out(case, device, flow.dst, name)
    return _unpredicted(hop, f"seen to leave by {name}", evidence) if hop else None


def _most_telling(
    case: Case, device: str, flow: Flow, hops: list[NextHop], names: dict[str, int]
) -> NextHop:
    """A flow may change its branch from one attempt to the next: the branch that kept packets, else
    the busiest."""
    captures = counted_flows(case)
    owner = case.owner(flow.dst)
    end = owner.name if owner else None  # it keeps all that it gets

    def weight(hop: NextHop) -> tuple[bool, int]:
        there = _device(case, device, hop, flow) or ""
        kept = captures.kept(there, flow) and there != end
        return kept, names[hop.interface or ""]

    return max(hops, key=weight)


def _seen_arrival(case: Case, device: str, flow: Flow, found: Decision) -> Choice | None:
    """The captures of the next hops' devices saw the flow come in: at one that kept it, else where
    most of it came."""
    if len(found.next_hops) < 2:
        return None
    arrived: dict[NextHop, FlowCount] = {}
    for hop in found.next_hops:
        count = counted_flows(case).of(_device(case, device, hop, flow) or "", flow)
        if count is not None and count.came_in:
            arrived[hop] = count
    if not arrived:
        return None
    hop = max(arrived, key=lambda hop: _weight(arrived[hop]))
    return Choice(hop, Basis.OBSERVED, evidence=tuple(arrived[hop].evidence))


def _weight(count: FlowCount) -> tuple[bool, int]:
    return count.lost > 0, sum(count.came_in.values())


def _seen_astray(case: Case, device: str, flow: Flow, found: Decision) -> Choice | None:
    """Nobody watches here, and the flow came in at a neighbour that only another table of this
    device leads to."""
    captures = counted_flows(case)
    expected = {_device(case, device, hop, flow) for hop in found.next_hops}
    surely_not_there = expected <= captures.watched and not _came_to_any(case, expected, flow)
    if device in captures.watched or not surely_not_there:
        return None
    others = [hop for hop in next_hops_to(case, device, flow.dst) if hop not in found.next_hops]
    arrived = [
        hop for hop in others if _came_to_any(case, {_device(case, device, hop, flow)}, flow)
    ]
    if len(arrived) != 1:
        return None
    there = _device(case, device, arrived[0], flow) or ""
    flow_count = captures.of(there, flow)
    evidence = tuple(flow_count.evidence) if flow_count else ()
    return _unpredicted(arrived[0], f"seen to come in at {there}", evidence)


def _came_to_any(case: Case, devices: set[str | None], flow: Flow) -> bool:
    captures = counted_flows(case)
    return any(captures.came_in(name or "", flow) for name in devices)
