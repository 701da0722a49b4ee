"""What lies below a tunnel: its outer packets are a flow of their own, with a path of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from collectors.model.flow import Flow
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Disposition, Findings, Hop, Trace
from workbench.analysis.device.tunnels import carrier, outer_flow
from workbench.analysis.trace.both_paths import new_sessions
from workbench.analysis.trace.walk import walk

DEEPEST = 3  # tunnels in tunnels


def below(case: Case, paths: Iterable[Trace], depth: int = DEEPEST) -> tuple[Trace, ...]:
    """The paths of the outer packets of every tunnel that these paths take, in the same order."""
    found: dict[tuple[Flow, bool], Trace] = {}
    for outer, reverse in _outer_flows(case, paths):
        if (outer, reverse) not in found:
            found[outer, reverse] = _walked(case, outer, reverse, found.values())
    if not found or depth <= 1:
        return tuple(found.values())
    return (*found.values(), *below(case, found.values(), depth - 1))


def _outer_flows(case: Case, paths: Iterable[Trace]) -> Iterator[tuple[Flow, bool]]:
    """The tunnels' own flows, each with the direction of the path that it carries."""
    for path in paths:
        for hop in path.hops:
            outer = outer_flow(case, hop)
            if outer is not None:
                yield outer, path.reverse


def _walked(case: Case, outer: Flow, reverse: bool, known: Iterable[Trace]) -> Trace:
    """The path of the outer packets; those that answer others of the tunnel meet the state that
    these made."""
    first = opener(outer, reverse, known)
    if first is None:
        return replace(walk(outer, case), reverse=reverse)
    return replace(walk(outer, case, True, made=new_sessions(first)), reverse=reverse)


def opener(outer: Flow, reverse: bool, known: Iterable[Trace]) -> Trace | None:
    """The path of the tunnel's packets in the other direction, which these answer: same ends, same
    ports."""
    for path in known:
        other_direction = path.reverse is not reverse
        if other_direction and path.hops and _answers(outer, path):
            return path
    return None


def _answers(outer: Flow, path: Trace) -> bool:
    return path.hops[-1].flow_out.reversed().matches(outer)


def carriers(case: Case, path: Trace) -> Iterator[Hop]:
    """The hops of a path whose packets go on inside of a tunnel."""
    yield from (hop for hop in path.hops if carrier(case, hop) is not None)


@dataclass(frozen=True, slots=True)
class Inside:
    """A stretch of a path that lies inside of a tunnel. `way` None = it is unknown where it is
    carried."""

    hop: Hop
    to: str  # the next hop of the path
    interface: str
    kind: str
    outer: Flow | None
    way: Trace | None
    reverse: bool

    @property
    def name(self) -> str:
        """`vxlan7 of r1`: how it is called where nobody there can be asked."""
        return f"{self.interface} of {self.hop.name}"

    @property
    def label(self) -> str:
        """`inside tunnel vx0 (vxlan): r1 > u > r2`."""
        return f"inside tunnel {self.interface} ({self.kind}): {' > '.join(self._names)}"

    @property
    def _names(self) -> tuple[str, ...]:
        """The devices that carry it; `?` = not known."""
        if self.way is None:
            return (self.hop.name, "?", self.to)
        return self.way.names if self.walked else (*self.way.names, "?")

    @property
    def walked(self) -> bool:
        """Was the outer path followed to the tunnel's far end?"""
        if self.way is None or self.way.disposition is not Disposition.DELIVERED:
            return False
        return self.way.names[-1] == self.to


def insides(case: Case, paths: Iterable[Trace], known: Iterable[Trace]) -> tuple[Inside, ...]:
    """All stretches of these paths inside of tunnels, each with the outer path that carries it."""
    outer_paths = tuple(known)
    found: list[Inside] = []
    for path in (*paths, *outer_paths):
        found.extend(_insides(case, path, outer_paths))
    return tuple(found)


def _insides(case: Case, path: Trace, outer_paths: tuple[Trace, ...]) -> Iterator[Inside]:
    for hop, after in pairwise(path.hops):
        found = carrier(case, hop)
        if found is not None:
            interface, tunnel = found
            outer = outer_flow(case, hop)
            carried_by = _path_of(outer, path.reverse, outer_paths)
            yield Inside(hop, after.name, interface, tunnel.kind, outer, carried_by, path.reverse)


def _path_of(outer: Flow | None, reverse: bool, outer_paths: tuple[Trace, ...]) -> Trace | None:
    for path in outer_paths:
        if path.flow == outer and path.reverse is reverse:
            return path
    return None


def stretches(findings: Findings) -> tuple[Inside, ...]:
    """The same of a case that was read."""
    return insides(findings.case, (findings.forward, findings.reverse), findings.below)
