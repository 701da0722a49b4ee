"""Which routes a lab's ways lay on which node."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from workbench.lab.declare.plan import LabPlan, Port
from workbench.lab.declare.words import ExtraRoute


@dataclass(frozen=True, slots=True)
class RouteLeg:
    """One route to be written on one node: a destination and the neighbours' interfaces it leads
    to."""

    destination: str  # a network in text, or "default"
    ports: tuple[Port, ...]


def laid(plan: LabPlan) -> dict[str, dict[str, RouteLeg]]:
    """The routes of all ways, and the shortest ways for the rest: node -> destination -> leg."""
    table: dict[str, dict[str, RouteLeg]] = {node.name: {} for node in plan.lab.nodes}
    for way in plan.lab.ways:
        _lay(plan, table, way)
    for route in plan.lab.routes:
        if not route.table and not route.metric:
            table[route.node].pop(plan.network(route.to), None)
    if plan.lab.complete:
        _complete(plan, table)
    return table


def _lay(plan: LabPlan, table: dict[str, dict[str, RouteLeg]], way: str) -> None:
    text, _, target = way.partition(":")
    hops = text.split()
    destination = _destination(plan, hops, target.strip())
    for index, (here, there) in enumerate(pairwise(hops)):
        node = here.partition("@")[0]
        leg = RouteLeg(destination, (plan.shared(node, there),))
        if index == 0 and not plan.lab.node(node).forwarding and "default" not in table[node]:
            table[node]["default"] = RouteLeg("default", leg.ports)
        elif destination not in _connected(plan, node):
            table[node].setdefault(destination, leg)


def _destination(plan: LabPlan, hops: list[str], target: str) -> str:
    if target:
        return plan.network(target)
    before = hops[-2].partition("@")[0]
    return str(plan.subnets[plan.shared(before, hops[-1]).segment])


def _connected(plan: LabPlan, node: str) -> set[str]:
    return {str(plan.subnets[port.segment]) for port in plan.ports_of(node)}


def _complete(plan: LabPlan, table: dict[str, dict[str, RouteLeg]]) -> None:
    explicit = {(r.node, plan.network(r.to)) for r in plan.lab.routes if not r.table}
    for segment, subnet in plan.subnets.items():
        distance = _distances(plan, segment)
        destination = str(subnet)
        for node in _static_routers(plan):
            has_one = destination in _connected(plan, node) or (node, destination) in explicit
            nearer = None if has_one else _nearer(plan, node, distance)
            if nearer is not None:
                table[node].setdefault(destination, RouteLeg(destination, (nearer,)))


def _static_routers(plan: LabPlan) -> list[str]:
    """The nodes that forward and learn no routes by a routing protocol."""
    return [node.name for node in plan.lab.nodes if node.forwarding and node.frr is None]


def _nearer(plan: LabPlan, node: str, distance: dict[str, int]) -> Port | None:
    neighbours = [
        p for p in _neighbours(plan, node) if distance.get(p.node, 99) < distance.get(node, 99)
    ]
    return min(neighbours, key=lambda p: distance[p.node], default=None)


def _neighbours(plan: LabPlan, node: str) -> Iterator[Port]:
    mine = {port.segment for port in plan.ports_of(node)}
    return (
        p
        for p in plan.ports
        if p.segment in mine and p.node != node and plan.lab.node(p.node).forwarding
    )


def _distances(plan: LabPlan, segment: str) -> dict[str, int]:
    distance = {
        p.node: 0 for p in plan.ports if p.segment == segment and plan.lab.node(p.node).forwarding
    }
    edge = list(distance)
    while edge:
        node = edge.pop(0)
        for port in _neighbours(plan, node):
            if port.node not in distance:
                distance[port.node] = distance[node] + 1
                edge.append(port.node)
    return distance


def route_lines(plan: LabPlan, node: str) -> Iterator[str]:
    """`ip -batch` lines for every route of a node."""
    for leg in laid(plan)[node].values():
        yield f"route replace {leg.destination} {_hops(leg.ports, plan, node, ())}"
    for route in plan.lab.routes:
        if route.node == node:
            yield _line(plan, route)


def rule_commands(plan: LabPlan, node: str) -> Iterator[str]:
    """Shell for every policy routing rule of a node."""
    for rule in plan.lab.rules:
        if rule.node == node:
            selector = plan.text(node, rule.selector)
            yield f"ip -{plan.family} rule add {selector} pref {rule.priority} lookup {rule.table}"


def _line(plan: LabPlan, route: ExtraRoute) -> str:
    ports = tuple(_via(plan, route.node, via) for via in route.via)
    extra = f" table {route.table}" if route.table else ""
    extra += f" metric {route.metric}" if route.metric else ""
    source = f" src {plan.address(route.source)}" if route.source else ""
    hops = _hops(ports, plan, route.node, route.weights) if ports else ""
    return f"route replace {route.kind} {plan.network(route.to)}{extra}{source} {hops}".replace(
        "  ", " "
    )


def _via(plan: LabPlan, node: str, via: str) -> Port:
    alias = next((a for a in plan.lab.aliases if a.name == via), None)
    if alias is None or alias.out_of is None:
        return plan.shared(node, via)
    mine = plan.port(node, alias.out_of)
    return Port(via, mine.segment, mine.device, plan.aliases[via])


def _hops(ports: tuple[Port, ...], plan: LabPlan, node: str, weights: tuple[int, ...]) -> str:
    ways = [f"via {p.gateway} dev {plan.port(node, p.segment).device}" for p in ports]
    if len(ways) == 1:
        return ways[0]
    heavy = weights or (1,) * len(ways)
    return " ".join(
        f"nexthop {way} weight {weight}" for way, weight in zip(ways, heavy, strict=True)
    )
