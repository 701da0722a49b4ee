"""Which of several equal next hops does this flow take? What was seen comes before what was
predicted."""

from __future__ import annotations

from dataclasses import dataclass, replace

from collectors.model.flow import Flow
from collectors.model.records import NextHop
from workbench.analysis.captures.flow_counts import counted_flows
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
    shapes = (after, routed)
    told = again_on is None or _seen_coming(case, device, shapes, again_on)
    choice = (told and _observed(case, device, shapes, found)) or _unseen(
        case, device, after, found
    )
    return replace(choice, branches=_branches(case, device, after, found, choice.hop))


def _observed(case: Case, device: str, flows: tuple[Flow, ...], found: Decision) -> Choice | None:
    other = _seen_handed(case, device, flows, found)
    if other is not None:
        return other
    leaving = _seen_leaving(case, device, flows, found) or _seen_arrival(case, device, flows, found)
    return leaving or _seen_astray(case, device, flows, found)


def _unseen(case: Case, device: str, after: Flow, found: Decision) -> Choice:
    """No capture tells: what the device says, else who holds a session."""
    if found.chosen is not None:
        return Choice(
            found.chosen, Basis.UNKNOWN if _not_to_be_told(after, found) else Basis.PREDICTED
        )
    return _by_sessions(case, device, after, found) or Choice(_first(found), Basis.UNKNOWN)


def _seen_coming(case: Case, device: str, flows: tuple[Flow, ...], interface: str) -> bool:
    """Did its own capture see the flow come in there? What left before tells nothing of what never
    came back."""
    flow_counts = (counted_flows(case).of(device, flow) for flow in flows)
    return any(interface in one.came_in for one in flow_counts if one is not None)


def _first(found: Decision) -> NextHop:
    """A route that names no next hop at all leads nowhere that could be known."""
    return next(iter(found.next_hops), NextHop(None))


def _not_to_be_told(flow: Flow, found: Decision) -> bool:
    """IPv6 hashes the flow label too, which is another one in every connection: only what was seen
    tells the branch."""
    return flow.version == 6 and len(found.next_hops) > 1


def _seen_leaving(
    case: Case, device: str, flows: tuple[Flow, ...], found: Decision
) -> Choice | None:
    """The device's own capture shows the interface by which the flow left."""
    captures = counted_flows(case)
    for flow in dict.fromkeys(flows):
        names = captures.interfaces_out(device, flow)
        flow_count = captures.of(device, flow)
        if not names or flow_count is None:
            continue
        evidence = tuple(flow_count.evidence)
        fitting = [hop for hop in found.next_hops if hop.interface in names]
        if len(fitting) == 1 or len({hop.interface for hop in fitting}) > 1:
            return Choice(
                _most_telling(case, device, flow, fitting, names), Basis.OBSERVED, evidence=evidence
            )
        if not fitting and len(names) == 1:
            return _against_prediction(case, device, flow, next(iter(names)), evidence)
    return None


def _most_telling(
    case: Case, device: str, flow: Flow, hops: list[NextHop], names: dict[str, int]
) -> NextHop:
    """A flow may change its branch from one attempt to the next: the branch that kept packets, else
    the busiest."""
    captures = counted_flows(case)

    def weight(hop: NextHop) -> tuple[bool, int]:
        there = _device(case, device, hop, flow) or ""
        return captures.kept(there, flow) and there != _end(case, flow), names[hop.interface or ""]

    return max(hops, key=weight)


def _end(case: Case, flow: Flow) -> str | None:
    """The device that holds the flow's destination, which keeps all that it gets."""
    owner = case.owner(flow.dst)
    return owner.name if owner else None


def _against_prediction(
    case: Case, device: str, flow: Flow, name: str, evidence: tuple[str, ...]
) -> Choice | None:
    hop = any_route_out(case, device, flow.dst, name)
    words = f"seen to leave by {name}, although routing predicted another path"
    return Choice(hop, Basis.OBSERVED, words=words, evidence=evidence) if hop else None


def _seen_arrival(
    case: Case, device: str, flows: tuple[Flow, ...], found: Decision
) -> Choice | None:
    """The captures of the next hops' devices saw the flow come in: at one that kept it, else where
    most of it came."""
    if len(found.next_hops) < 2:
        return None
    captures = counted_flows(case)
    for flow in dict.fromkeys(flows):
        there = {
            hop: captures.of(_device(case, device, hop, flow) or "", flow)
            for hop in found.next_hops
        }
        landed = {hop: one for hop, one in there.items() if one is not None and one.came_in}
        if landed:
            hop = max(
                landed, key=lambda hop: (landed[hop].lost > 0, sum(landed[hop].came_in.values()))
            )
            return Choice(hop, Basis.OBSERVED, evidence=tuple(landed[hop].evidence))
    return None


def _seen_astray(
    case: Case, device: str, flows: tuple[Flow, ...], found: Decision
) -> Choice | None:
    """Nobody watches here, and the flow came in at a neighbour that only another table of this
    device leads to."""
    captures = counted_flows(case)
    if device in captures.watched:
        return None
    for flow in dict.fromkeys(flows):
        expected = {_device(case, device, hop, flow) for hop in found.next_hops}
        if not expected <= captures.watched or any(
            captures.came_in(name or "", flow) for name in expected
        ):
            continue
        astray = [hop for hop in next_hops_to(case, device, flow.dst) if hop not in found.next_hops]
        landed = [
            hop for hop in astray if captures.came_in(_device(case, device, hop, flow) or "", flow)
        ]
        if len(landed) == 1:
            there = _device(case, device, landed[0], flow) or ""
            flow_count = captures.of(there, flow)
            words = f"seen to come in at {there}, although routing predicted another path"
            return Choice(
                landed[0],
                Basis.OBSERVED,
                (),
                words,
                tuple(flow_count.evidence) if flow_count else (),
            )
    return None


def _seen_handed(
    case: Case, device: str, flows: tuple[Flow, ...], found: Decision
) -> Choice | None:
    """Frames tell who sent them: the flow came in straight from here at a neighbour of another
    route of this device."""
    for flow in dict.fromkeys(flows):
        takers = {one.device: one.evidence for one in handed(case, device, None, flow)}
        if not takers or any(_device(case, device, hop, flow) in takers for hop in found.next_hops):
            continue
        for hop in next_hops_to(case, device, flow.dst):
            there = _device(case, device, hop, flow)
            if there is not None and there in takers:
                words = (
                    f"seen to hand its packets to {there}, although routing predicted another path"
                )
                return Choice(hop, Basis.OBSERVED, (), words, takers[there])
    return None


def _by_sessions(case: Case, device: str, flow: Flow, found: Decision) -> Choice | None:
    """Exactly one of the next hops' devices holds a session of the flow."""
    held = [
        (hop, session_of(case, _device(case, device, hop, flow) or "", flow))
        for hop in found.next_hops
    ]
    holding = [(hop, entry) for hop, entry in held if entry is not None]
    if len(found.next_hops) < 2 or len(holding) != 1 or flow.sport is None:
        return None
    hop, entry = holding[0]
    return Choice(hop, Basis.OBSERVED, evidence=(entry[2].id,))


def _device(case: Case, device: str, hop: NextHop, flow: Flow) -> str | None:
    return resolve_next_hop(case, device, hop.interface, hop.gateway or flow.dst).device


def _branches(
    case: Case, device: str, flow: Flow, found: Decision, taken: NextHop
) -> tuple[Branch, ...]:
    if len(found.next_hops) < 2:
        return ()
    return tuple(
        Branch(
            _device(case, device, hop, flow), hop.gateway, hop.interface, hop.weight, hop == taken
        )
        for hop in found.next_hops
    )
