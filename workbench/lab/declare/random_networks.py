"""Networks that nobody drew: routers, links, ways and a fault by chance, with the truth worked out
beside the lab.

Each direction has link costs of its own, so that ways differ by themselves. What the flow then
meets is computed by a few rules of state, independent of the analysis: `lab check` proves them by
captures, like those of every other lab.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from collectors.model.inventory import Role
from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import (
    PING,
    Chain,
    Firewall,
    RuleLine,
    default_deny,
    drop_invalid,
    permit,
    stateless,
)
from workbench.lab.declare.shapes import noise
from workbench.lab.declare.words import ExtraRoute, Lab, Node, Segment, Talk, Truth

PREFIX = "random-"
PORTS = (443, 1433, 5432, 6514, 8080)
USERS, FARM = "users", "farm"  # the networks of the two ends
Costs = dict[tuple[str, str], int]
Following = dict[str, str]  # router -> the next one


@dataclass(frozen=True)
class Ground:
    """Routers and links, and where each sends both directions."""

    chance: random.Random
    links: tuple[tuple[str, str], ...]
    first: str  # the client's router
    last: str  # the server's
    there: Following
    home: Following
    family: int
    protocol: str
    port: int

    @property
    def routers(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(sorted({router for link in self.links for router in link}))

    @property
    def forward(self) -> tuple[str, ...]:
        """The routers on the way of the requests."""
        return _followed(self.there, self.first, self.last)

    @property
    def reverse(self) -> tuple[str, ...]:
        """The routers on the way of the replies."""
        return _followed(self.home, self.last, self.first)

    def way(self, reverse: bool) -> tuple[str, ...]:
        """The routers of one direction."""
        return self.reverse if reverse else self.forward

    @property
    def on_both_or_none(self) -> tuple[str, ...]:
        """Routers that may keep state without harm."""
        return tuple(r for r in self.routers if (r in self.forward) == (r in self.reverse))


@dataclass(frozen=True)
class Fault:
    """What is put into the ground, and what it does to the flow."""

    truth: Truth
    nodes: tuple[Node, ...] = ()  # in place of the plain ones of the same name
    routes: tuple[ExtraRoute, ...] = ()
    listen: str = "any"


def invented(number: int) -> Lab:
    """The network of that number, always the same."""
    ground = _ground(random.Random(f"invented/{number}"))
    kinds = [faults for make in _FAULTS if (faults := list(make(ground)))]
    fault = ground.chance.choice(ground.chance.choice(kinds))
    talk = Talk("client", "server", ground.protocol, ground.port, listen=fault.listen)
    special = {node.name: node for node in fault.nodes}
    plain = [
        Node("client", Role.CLIENT),
        *(Node(r, Role.ROUTER) for r in ground.routers),
        Node("server", Role.SERVER),
    ]
    return Lab(
        f"{PREFIX}{number}",
        f"{len(ground.routers)} routers by chance",
        tuple(special.get(node.name, node) for node in plain),
        tuple(_segments(ground)),
        tuple(_ways(ground)),
        (talk, *noise()),
        fault.truth,
        fault.routes,
        family=ground.family,
    )


def _ground(chance: random.Random) -> Ground:
    routers = [f"r{number}" for number in range(1, chance.randint(4, 8) + 1)]
    links = {(chance.choice(routers[:n]), routers[n]) for n in range(1, len(routers))}
    links |= {tuple(sorted(chance.sample(routers, 2))) for _ in range(chance.randint(3, 7))}  # type: ignore[misc]
    first, last = _far_apart(chance, routers, sorted(links))
    out: Costs = {way: chance.randint(1, 9) for a, b in sorted(links) for way in ((a, b), (b, a))}
    family = 6 if chance.random() < 0.3 else 4
    protocol = "udp" if chance.random() < 0.2 else "tcp"
    there = _nearest(out, last)
    home = _nearest({(a, b): out[b, a] for a, b in out}, first)
    for _ in range(chance.choice((0, 6, 6, 6))):
        if _followed(home, last, first) == _followed(there, first, last)[::-1]:
            home = _nearest({way: chance.randint(1, 9) for way in out}, first)
    return Ground(
        chance,
        tuple(sorted(links)),
        first,
        last,
        there,
        home,
        family,
        protocol,
        chance.choice(PORTS),
    )


def _far_apart(
    chance: random.Random, routers: list[str], links: list[tuple[str, str]]
) -> tuple[str, str]:
    """Of a few pairs the one with the most hops between."""
    hop = {way: 1 for a, b in links for way in ((a, b), (b, a))}
    pairs = [tuple(chance.sample(routers, 2)) for _ in range(4)]
    first, last = max(
        pairs, key=lambda pair: len(_followed(_nearest(hop, pair[1]), pair[0], pair[1]))
    )
    return first, last


def _nearest(costs: Costs, target: str) -> Following:
    """Dijkstra from the target: where each router sends what is for it."""
    distance, following, edge = {target: 0}, Following(), [(0, target)]
    while edge:
        so_far, here = heapq.heappop(edge)
        for before in sorted(a for a, b in costs if b == here):
            cost = so_far + costs[before, here]
            if cost < distance.get(before, 1 << 30):
                distance[before], following[before] = cost, here
                heapq.heappush(edge, (cost, before))
    return following


def _followed(following: Following, start: str, end: str) -> tuple[str, ...]:
    way = [start]
    while way[-1] != end:
        way.append(following[way[-1]])
    return tuple(way)


def _segments(ground: Ground) -> Iterator[Segment]:
    yield Segment(USERS, f"client {ground.first}")
    yield Segment(FARM, f"{ground.last} server")
    for a, b in ground.links:
        yield Segment(f"{a}-{b}", f"{a} {b}")


def _ways(ground: Ground) -> Iterator[str]:
    """The ways of the flow first, then how every other router reaches both ends."""
    for following, start, end, source, target in (
        (ground.there, ground.first, ground.last, "client", "server"),
        (ground.home, ground.last, ground.first, "server", "client"),
    ):
        yield " ".join((source, *_followed(following, start, end), target))
        for router in ground.routers:
            yield " ".join((*_followed(following, router, end), target))


# --- what may be wrong: each says how it would look in this ground, or nothing where it cannot be -


def _truth(
    ground: Ground, cause: Cause, guilty: str | None = None, reverse: bool | None = None
) -> Truth:
    direction = None if reverse is None else Direction.of(reverse=reverse)
    forward, back = ("client", *ground.forward, "server"), ("server", *ground.reverse, "client")
    return Truth(cause, " ".join(forward), " ".join(back), guilty, None, direction)


def _healthy(ground: Ground) -> Truth:
    same = ground.forward == ground.reverse[::-1]
    return _truth(ground, Cause.HEALTHY_SYMMETRIC if same else Cause.HEALTHY_ASYMMETRIC)


def _keeper(ground: Ground, name: str, strict: bool) -> Node:
    wall = default_deny(permit(ground.port, ground.protocol), PING) if strict else drop_invalid()
    return Node(name, Role.FIREWALL, firewall=wall)


def nothing_wrong(ground: Ground) -> Iterator[Fault]:
    """Firewalls only where they see both directions, or nothing of the flow."""
    some = [router for router in ground.on_both_or_none if ground.chance.random() < 0.4]
    yield Fault(
        _healthy(ground),
        tuple(_keeper(ground, router, ground.chance.random() < 0.5) for router in some),
    )


def state_on_one_way(ground: Ground) -> Iterator[Fault]:
    """Firewalls where they miss one direction: the first one that misses the beginning stops the
    flow."""
    on_one = [router for router in ground.routers if router not in ground.on_both_or_none]
    for name in on_one:
        others = [r for r in ground.routers if r != name and ground.chance.random() < 0.4]
        strict = {router: ground.chance.random() < 0.5 for router in (name, *others)}
        nodes = tuple(_keeper(ground, router, kind) for router, kind in strict.items())
        yield Fault(_truth_of_state(ground, strict), nodes)


def _truth_of_state(ground: Ground, strict: dict[str, bool]) -> Truth:
    """What is wrong with these keepers of state (strict: by policy), the answers first: the flow
    is stopped by the first one that misses its beginning."""
    out = [r for r in ground.forward if r in strict and r not in ground.reverse]
    back = [r for r in ground.reverse if r in strict and r not in ground.forward]
    datagrams = ground.protocol == "udp"
    # without a session an answer is a beginning: only a policy refuses it
    refusing = [router for router in back if strict[router] or not datagrams]
    if refusing:
        cause = Cause.ASYM_STATEFUL_FW if out else Cause.ASYM_STATEFUL_HALF_PATH
        return _truth(ground, cause, refusing[0], reverse=True)
    if out and not datagrams:
        return _truth(ground, Cause.ASYM_STATEFUL_HALF_PATH, out[0], reverse=False)
    return _healthy(ground)


def denied_by_policy(ground: Ground) -> Iterator[Fault]:
    """A firewall on both ways lets another port in, not this one."""
    for name in (r for r in ground.forward if r in ground.reverse):
        wall = default_deny(permit(ground.port + 1, ground.protocol), PING)
        truth = _truth(ground, Cause.TRANSIT_POLICY_DENY, name, reverse=False)
        yield Fault(truth, (Node(name, Role.FIREWALL, firewall=wall),))


def dropped_by_a_list(ground: Ground) -> Iterator[Fault]:
    """A router's list drops one direction, whatever the state."""
    for reverse in (False, True):
        name = ground.chance.choice(ground.way(reverse))
        ports = {"sports" if reverse else "dports": (ground.port,)}
        line = RuleLine("drop", protocol=ground.protocol, **ports)  # type: ignore[arg-type]
        yield Fault(
            _truth(ground, Cause.ACL_PATH, name, reverse),
            (Node(name, Role.ROUTER, firewall=stateless(line)),),
        )


def strict_source_check(ground: Ground) -> Iterator[Fault]:
    """A router drops what comes in where it would not send the answer; the requests meet it
    first."""
    if ground.family == 6:
        return
    strict = (("net.ipv4.conf.all.rp_filter", "1"),)
    for name in ground.routers:
        refused = [
            reverse for reverse in (False, True) if _comes_in_elsewhere(ground, name, reverse)
        ]
        if refused:
            truth = _truth(ground, Cause.RP_FILTER_STRICT, name, reverse=refused[0])
            yield Fault(truth, (Node(name, Role.ROUTER, sysctls=strict),))


def _comes_in_elsewhere(ground: Ground, name: str, reverse: bool) -> bool:
    way, answers = ground.way(reverse), ground.there if reverse else ground.home
    return name in way[1:] and answers.get(name) != way[way.index(name) - 1]


def no_route(ground: Ground) -> Iterator[Fault]:
    """A router's route leads nowhere."""
    for reverse, cause in ((False, Cause.NO_FORWARD_ROUTE), (True, Cause.NO_RETURN_ROUTE)):
        name = ground.chance.choice(ground.way(reverse)[:-1])
        kind = ground.chance.choice(("blackhole", "unreachable", "prohibit"))
        route = ExtraRoute(name, USERS if reverse else FARM, kind=kind)
        yield Fault(_ends_at(_truth(ground, cause, name, reverse), name, reverse), routes=(route,))


def loop(ground: Ground) -> Iterator[Fault]:
    """A router sends packets back to where they came from."""
    for reverse in (False, True):
        way = ground.way(reverse)
        for before, name in pairwise(way[:-1]):
            route = ExtraRoute(name, USERS if reverse else FARM, (before,))
            yield Fault(
                _ends_at(_truth(ground, Cause.ROUTING_LOOP, name, reverse), name, reverse),
                routes=(route,),
            )


def _ends_at(truth: Truth, name: str, reverse: bool) -> Truth:
    way = (truth.reverse if reverse else truth.forward).split()
    cut = " ".join(way[: way.index(name) + 1])
    return replace(truth, reverse=cut) if reverse else replace(truth, forward=cut)


def refused_by_the_server(ground: Ground) -> Iterator[Fault]:
    """The server's own filter does not let the port in."""
    line = RuleLine(
        ground.chance.choice(("drop", "reject")), protocol=ground.protocol, dports=(ground.port,)
    )
    server = Node("server", Role.SERVER, firewall=Firewall((Chain("input", (line,)),)))
    yield Fault(_truth(ground, Cause.SERVER_POLICY_DENY, "server", reverse=False), (server,))


def nothing_listens(ground: Ground) -> Iterator[Fault]:
    """The service is down."""
    yield Fault(_truth(ground, Cause.SERVICE_NOT_LISTENING, "server", reverse=False), listen="none")


def server_off(ground: Ground) -> Iterator[Fault]:
    """The server is off; only where both ways are the same is it known how it would have
    answered."""
    if ground.forward == ground.reverse[::-1]:
        truth = _truth(ground, Cause.HOST_DOWN, "server", reverse=False)
        yield Fault(truth, (Node("server", Role.SERVER, down=True),), listen="none")


_FAULTS: tuple[Callable[[Ground], Iterator[Fault]], ...] = (
    nothing_wrong, state_on_one_way, state_on_one_way, strict_source_check, denied_by_policy, dropped_by_a_list,
    no_route, loop, refused_by_the_server, nothing_listens, server_off,
)  # fmt: skip
