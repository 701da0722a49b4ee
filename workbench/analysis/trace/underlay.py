"""What lies below a tunnel: its outer packets are a flow of their own, with a way of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from collectors.model.flow import Flow
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Disposition, Findings, Hop, Trace
from workbench.analysis.device.translation import NewSession
from workbench.analysis.device.tunnels import carrier, outer_flow
from workbench.analysis.trace.walk import walk

DEEPEST = 3  # tunnels in tunnels


def below(case: Case, paths: Iterable[Trace], depth: int = DEEPEST) -> tuple[Trace, ...]:
    """The ways of the outer packets of every tunnel that these paths take, in the same order."""
    found: dict[tuple[Flow, bool], Trace] = {}
    for path in paths:
        for hop in path.hops:
            outer = outer_flow(case, hop)
            if outer is not None and (outer, path.reverse) not in found:
                found[outer, path.reverse] = _walked(case, outer, path.reverse, found.values())
    if not found or depth <= 1:
        return tuple(found.values())
    return (*found.values(), *below(case, found.values(), depth - 1))


def _walked(case: Case, outer: Flow, reverse: bool, known: Iterable[Trace]) -> Trace:
    """The way of the outer packets; those that answer others of the tunnel meet the state that
    these made."""
    first = opener(outer, reverse, known)
    if first is None:
        return replace(walk(outer, case), reverse=reverse)
    made = [
        NewSession(h.name, h.flow_in, h.flow_out) for h in first.hops if h.flow_in != h.flow_out
    ]
    return replace(walk(outer, case, True, made=made), reverse=reverse)


def opener(outer: Flow, reverse: bool, known: Iterable[Trace]) -> Trace | None:
    """The way of the tunnel's packets in the other direction, which these answer: same ends, same
    ports."""
    others = (path for path in known if path.reverse is not reverse and path.hops)
    return next((path for path in others if path.hops[-1].flow_out.reversed().matches(outer)), None)


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
        names = self.way.names if self.way is not None else (self.hop.name, "?", self.to)
        end = () if self.way is None or self.walked else ("?",)
        return f"inside tunnel {self.interface} ({self.kind}): {' > '.join((*names, *end))}"

    @property
    def walked(self) -> bool:
        """Was the outer way followed to the tunnel's far end?"""
        return (
            self.way is not None
            and self.way.disposition is Disposition.DELIVERED
            and self.way.names[-1] == self.to
        )


def insides(case: Case, paths: Iterable[Trace], known: Iterable[Trace]) -> tuple[Inside, ...]:
    """All stretches of these paths inside of tunnels, each with the outer way that carries it."""
    ways = tuple(known)
    return tuple(inside for path in (*paths, *ways) for inside in _insides(case, path, ways))


def _insides(case: Case, path: Trace, ways: tuple[Trace, ...]) -> Iterator[Inside]:
    for hop, after in zip(path.hops, path.hops[1:], strict=False):
        found = carrier(case, hop)
        if found is not None:
            outer = outer_flow(case, hop)
            fitting = (way for way in ways if way.flow == outer and way.reverse is path.reverse)
            yield Inside(
                hop, after.name, found[0], found[1].kind, outer, next(fitting, None), path.reverse
            )


def stretches(findings: Findings) -> tuple[Inside, ...]:
    """The same of a case that was read."""
    return insides(findings.case, (findings.forward, findings.reverse), findings.below)
