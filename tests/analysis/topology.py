"""A network in a few lines: what its devices would answer, as evidence, without any device."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_interface, ip_network

from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import Flow
from collectors.model.inventory import AddressWithPrefix, Device, Inventory, Login, Role
from collectors.model.records import (
    FilterChain,
    FilterRule,
    Interface,
    Match,
    Neighbour,
    NextHop,
    Packet,
    PolicyRule,
    Record,
    Route,
    RouteChoice,
    Session,
)
from collectors.platforms.linux.chain_places import with_place
from collectors.platforms.linux.knobs import setting_of
from collectors.platforms.linux.rule_meaning import with_meaning
from workbench.analysis.case.case import Case

_ROLES = {
    "h": Role.HOST,
    "c": Role.CLIENT,
    "s": Role.SERVER,
    "r": Role.ROUTER,
    "f": Role.FIREWALL,
    "n": Role.NAT,
}
_ROLES |= {"l": Role.LOAD_BALANCER}


@dataclass
class Node:
    """One device; the first letter of its name tells its role (c, s, h, r, f = firewall, n = NAT, l
    = balancer)."""

    name: str
    interfaces: dict[str, list[AddressWithPrefix]] = field(default_factory=dict)
    macs: dict[str, str] = field(default_factory=dict)
    routes: list[Route] = field(default_factory=list)
    rules: list[PolicyRule] = field(default_factory=list)
    group: str | None = None
    silent: bool = False  # in the inventory, but cannot be logged in to
    unmanaged: bool = False  # not in the inventory at all


@dataclass
class Net:
    """The builder. `link("r1 10.0.1.1/24", "r2 10.0.1.2/24")` makes eth0, eth1, ... in the order of
    the links."""

    nodes: dict[str, Node] = field(default_factory=dict)
    answers: list[tuple[str, Question, tuple[Record, ...], QueryParams]] = field(
        default_factory=list
    )

    def link(self, *ends: str) -> None:
        """Join devices to one segment: each end is a name and its addresses."""
        for end in ends:
            name, *addresses = end.split()
            node = self.nodes.setdefault(name, Node(name))
            interface = f"eth{len([one for one in node.interfaces if one.startswith('eth')])}"
            self.address(name, interface, *addresses)

    def address(self, name: str, interface: str, *addresses: str) -> None:
        """Addresses of an interface, with the connected and local routes that they bring."""
        node = self.nodes.setdefault(name, Node(name))
        node.macs.setdefault(
            interface, f"02:00:00:00:{list(self.nodes).index(name):02x}:{len(node.macs):02x}"
        )
        for address in map(ip_interface, addresses):
            node.interfaces.setdefault(interface, []).append(address)
            hop = (NextHop(interface),)
            node.routes.append(Route(ip_network(address.ip), "local", "local", hop))
            node.routes.append(Route(address.network, "main", "unicast", hop, protocol="kernel"))

    def route(
        self,
        name: str,
        destination: str,
        *gateways: str,
        table: str = "main",
        kind: str = "unicast",
    ) -> None:
        """A route by one or more gateways; `fe80::1%eth0` and `%eth0` name the interface."""
        text = destination.replace(
            "default", "::/0" if gateways and ":" in gateways[0] else "0.0.0.0/0"
        )
        hops = tuple(self.hop(name, gateway) for gateway in gateways)
        self.nodes[name].routes.append(
            Route(ip_network(text), table, kind, hops, protocol="static")
        )

    def hop(self, name: str, gateway: str) -> NextHop:
        text, _, interface = gateway.partition("%")
        address = ip_address(text) if text else None
        for one, addresses in self.nodes[name].interfaces.items():
            if not interface and any(address in held.network for held in addresses):
                interface = one
        return NextHop(interface, address)

    def rule(self, name: str, priority: int, table: str, **selectors: object) -> None:
        """A policy rule; the three that every device has are added."""
        networks = {
            key: ip_network(str(selectors.pop(key)))
            for key in ("source", "destination")
            if key in selectors
        }
        self.nodes[name].rules.append(
            PolicyRule(priority, "lookup", table, **networks, **selectors)
        )  # type: ignore[arg-type]

    def tell(self, name: str, question: Question, *records: Record, **params: object) -> None:
        """Any other answer of a device."""
        self.answers.append((name, question, records, QueryParams(**params)))  # type: ignore[arg-type]

    def choice(
        self, name: str, flow: str, gateway: str, iif: str | None = None, mark: int | None = None
    ) -> None:
        """The device's own answer for exactly this packet."""
        record = RouteChoice("unicast", self.hop(name, gateway))
        self.tell(name, Question.ROUTE_CHOICE, record, flow=Flow.parse(flow), iif=iif, mark=mark)

    def neighbour(
        self, name: str, address: str, of: str, interface: str = "eth0", on: str = "eth0"
    ) -> None:
        """`name` holds the MAC of `of`'s interface `on` for that address."""
        record = Neighbour(ip_address(address), interface, self.nodes[of].macs[on], ("REACHABLE",))
        self.tell(name, Question.NEIGHBOURS, record)

    def session(
        self, name: str, original: str, after: str | None = None, state: str = "ESTABLISHED"
    ) -> None:
        """A session on the device; `after` is the flow as it leaves where that differs."""
        came = Flow.parse(original)
        went = Flow.parse(after) if after else came
        self.tell(name, Question.SESSIONS, Session(came, went.reversed(), state))

    def setting(self, name: str, **values: object) -> None:
        """Kernel settings, with `__` for dots: `net__ipv4__conf__all__rp_filter=1`."""
        records = (setting_of(key.replace("__", "."), str(value)) for key, value in values.items())
        self.tell(name, Question.SETTINGS, *records)

    def nft(self, name: str, *records: Record) -> None:
        """The device's filter."""
        self.tell(name, Question.FILTER, *records)

    def capture(self, name: str, *packets: Packet) -> None:
        """What was captured on the device."""
        self.tell(name, Question.CAPTURE, *packets)

    def case(self, flow: str) -> Case:
        """The case in which every device answered."""
        answers = [*self._surveyed(), *self.answers]
        evidence = [
            Evidence(
                f"e{number}",
                Query(name, question, params),
                Status.ANSWERED,
                records=records,
                all_versions=question is Question.ROUTES,
            )
            for number, (name, question, records, params) in enumerate(answers)
            if not self.nodes[name].silent and not self.nodes[name].unmanaged
        ]
        return Case(Flow.parse(flow), self.inventory(), tuple(evidence))

    def inventory(self) -> Inventory:
        """Every managed device."""
        return Inventory(tuple(_device(node) for node in self.nodes.values() if not node.unmanaged))

    def _surveyed(self) -> Iterable[tuple[str, Question, tuple[Record, ...], QueryParams]]:
        for number, node in enumerate(self.nodes.values()):
            yield node.name, Question.INTERFACES, tuple(_interfaces(node, number)), QueryParams()
            yield node.name, Question.ROUTES, tuple(node.routes), QueryParams()
            yield node.name, Question.RULES, (*_DEFAULT_RULES, *node.rules), QueryParams()


_DEFAULT_RULES = (
    PolicyRule(0, "lookup", "local"),
    PolicyRule(32766, "lookup", "main"),
    PolicyRule(32767, "lookup", "default"),
)


def _interfaces(node: Node, number: int) -> Iterable[Interface]:
    for index, (name, addresses) in enumerate(node.interfaces.items(), 1):
        yield Interface(name, index, node.macs[name], 1500, True, addresses=tuple(addresses))


def _device(node: Node) -> Device:
    declared = tuple(address for held in node.interfaces.values() for address in held)
    role = _ROLES[node.name[0]]
    return Device(
        node.name, role, state_group=node.group, addresses=declared, login=Login("127.0.0.1")
    )


def chain(
    name: str, hook: str, policy: str = "accept", kind: str = "filter", **more: object
) -> FilterChain:
    """A base chain of nft."""
    priority = {"dstnat": -100, "srcnat": 100, "raw": -300}.get(name, 0)
    return with_place(FilterChain("nft", "inet", "t", name, hook, kind, priority, policy, **more))  # type: ignore[arg-type]


def rule(
    chain_name: str, position: int, verdict: str, target: str | None = None, **matches: object
) -> FilterRule:
    """A rule of nft: `rule("forward", 0, "drop", ct_state="invalid")`."""
    conditions = tuple(Match(name, _values(name, value)) for name, value in matches.items())
    words = " ".join(f"{name} {value}" for name, value in matches.items())
    text = f"{words} {verdict} {target or ''}".strip()
    place = ("nft", "inet", "t", chain_name, position)
    return with_meaning(FilterRule(*place, conditions, verdict, target, packets=0, text=text))


def _values(name: str, value: object) -> tuple[object, ...]:
    if name in ("src", "dst"):
        return (ip_network(str(value)),)
    if name in ("sport", "dport"):
        return ((value, value),)
    return tuple(str(value).split(","))


def packet(
    flow: str,
    flags: str,
    seq: int = 1000,
    ack: int | None = None,
    *,
    at: float = 1.0,
    **more: object,
) -> Packet:
    """One captured packet: `packet("tcp ...", "S", interface="eth0", outgoing=True)`."""
    where = {"interface": more.pop("interface", None), "outgoing": more.pop("outgoing", None)}
    fields = {**where, **more}
    return Packet(at, flow=Flow.parse(flow), flags=flags, seq=seq, ack=ack, length=60, **fields)  # type: ignore[arg-type]
