"""Which places may the flow visit, and under which addresses? So that all of them are asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from collectors.model.flow import Flow
from collectors.model.step import Visit
from workbench.analysis.captures.observations import flows_of
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Hop, Trace
from workbench.analysis.device.translation import might_become


def visits(paths: Iterable[Trace], others: Iterable[Trace]) -> tuple[Visit, ...]:
    """Every place on these paths and on their alternates, then those on the `others`."""
    found: dict[Visit, None] = {}
    for path, alternate in (*_with_alternates(paths), *((other, True) for other in others)):
        for visit in _visits_of(path, alternate):
            if replace(visit, alternate=False) not in found:
                found[visit] = None
    return tuple(found)


def _visits_of(path: Trace, alternate: bool) -> Iterator[Visit]:
    for hop in path.hops:
        if hop.device is not None:
            yield _visit(hop, hop.device, path.reverse, alternate)


def _visit(hop: Hop, device: str, reverse: bool, alternate: bool) -> Visit:
    return Visit(
        device,
        hop.flow_in,
        hop.iif,
        hop.mark,
        hop.oif,
        hop.next_hop,
        reverse,
        alternate,
    )


def _with_alternates(paths: Iterable[Trace]) -> Iterator[tuple[Trace, bool]]:
    """All paths first, then those along branches not taken (True)."""
    every = list(paths)
    yield from ((path, False) for path in every)
    for path in every:
        yield from ((other, True) for other in path.alternates)


def shapes(case: Case, forward: Trace, reverse: Trace) -> tuple[Flow, ...]:
    """Every shape of the flow; a source port that is not known stays so, also where the walk took a
    typical one."""
    found: dict[Flow, None] = {case.flow: None, case.flow.reversed(): None}
    typical_port = forward.flow.sport if case.flow.sport is None else None
    for path, _ in _with_alternates((forward, reverse)):
        for flow in sorted(flows_of(path) | _possible(case, path), key=str):
            found[_without_port(flow, typical_port)] = None
            found[_without_port(flow.reversed(), typical_port)] = None
    return tuple(found)


def _possible(case: Case, path: Trace) -> set[Flow]:
    """What translations on the way there may make of it."""
    found: set[Flow] = set()
    for hop in () if path.reverse else path.hops:
        found.update(might_become(case, hop))
    return found


def _without_port(flow: Flow, port: int | None) -> Flow:
    if port is None:
        return flow
    sport = None if flow.sport == port else flow.sport
    dport = None if flow.dport == port else flow.dport
    return replace(flow, sport=sport, dport=dport)
