"""A declared lab with one seed, made concrete: who is called what, who has which address on which
interface."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv6Address,
    IPv6Interface,
    ip_address,
    ip_interface,
)

from collectors.model.flow import Flow
from workbench.lab.build.dialects import Dialect, Style
from workbench.lab.build.logbooks import Logbook
from workbench.lab.declare.seeds import Network, SeededChoices
from workbench.lab.declare.words import USUAL, Account, Lab, Manner, Node, Segment, Talk

InterfaceAddress = IPv4Interface | IPv6Interface
Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Port:
    """One interface of one node."""

    node: str
    segment: str
    device: str
    address: InterfaceAddress
    link_local: str | None = None

    @property
    def gateway(self) -> str:
        """How others name it as their next hop."""
        return self.link_local or str(self.address.ip)


@dataclass(frozen=True)
class LabPlan:
    """Everything decided, nothing done. Names are the declared ones; `called` gives those on the
    machines."""

    lab: Lab
    seed: int
    called: dict[str, str]
    ports: tuple[Port, ...]
    subnets: dict[str, Network]
    aliases: dict[str, InterfaceAddress]
    dialects: dict[str, Dialect]
    styles: dict[str, Style]
    accounts: dict[str, Account]
    addresses_shown: bool = True  # does the inventory list addresses?
    noise: bool = False
    nameless: bool = False  # no node was given a host name of its own
    pathspace: bool = False  # routing daemons run in a path space: `vtysh -N NAME`
    # of the firewalls that log what they refuse
    logbooks: dict[str, Logbook] = field(default_factory=dict)

    @property
    def family(self) -> int:
        """4 or 6."""
        return self.lab.family

    def ports_of(self, node: str) -> tuple[Port, ...]:
        """The interfaces of a node in order."""
        return tuple(port for port in self.ports if port.node == node)

    def port(self, node: str, segment: str) -> Port:
        """The interface of a node on a segment."""
        return next(p for p in self.ports if (p.node, p.segment) == (node, segment))

    def shared(self, node: str, towards: str) -> Port:
        """The interface of `towards` (`name` or `name@segment`) that `node` sees."""
        name, _, segment = towards.partition("@")
        mine = {p.segment for p in self.ports_of(node)}
        return next(
            p for p in self.ports_of(name) if p.segment in mine and segment in ("", p.segment)
        )

    def address(self, name: str) -> Address:
        """The address behind `node`, `node@segment` or an alias."""
        if name in self.aliases:
            return self.aliases[name].ip
        if "@" in name:
            node, _, segment = name.partition("@")
            return self.port(node, segment).address.ip
        return self.ports_of(name)[0].address.ip

    def network(self, name: str) -> str:
        """The subnet behind a segment or an alias, else the host's address with its length."""
        if name == "default":
            return "default"
        if name in self.subnets:
            return str(self.subnets[name])
        if name in self.aliases:
            return str(self.aliases[name].network)
        return f"{self.address(name)}/{32 if self.family == 4 else 128}"

    def text(self, node: str, text: str) -> str:
        """Fill in `<name>`, `<net name>`, `<dev segment>`, `<call node>`, `<len segment>`, `<gw
        node>`."""
        return re.sub(
            r"<(?:(net|dev|call|len|gw) )?([a-z0-9@.-]+)>",
            lambda m: self._word(node, m[1], m[2]),
            text,
        )

    def _word(self, node: str, kind: str | None, name: str) -> str:
        if kind == "dev":
            return self.port(node, name).device
        if kind == "gw":
            return self.shared(node, name).gateway
        if kind == "len":
            return str(self.subnets[name].prefixlen)
        if kind == "call":
            return self.called[name]
        return self.network(name) if kind == "net" else str(self.address(name))

    def flow(self, source_port: int | None = None) -> Flow:
        """The flow that is diagnosed."""
        return self.flow_of(self.lab.talks[0], source_port)

    def flow_of(self, talk: Talk, source_port: int | None = None) -> Flow:
        """One talk as a 5-tuple."""
        source = ip_address(str(self.address(talk.source or talk.client)))
        target = ip_address(str(self.address(talk.server)))
        return Flow.build(
            talk.protocol,
            str(source),
            source_port or talk.source_port,
            str(target),
            talk.port or None,
        )


@dataclass(frozen=True, slots=True)
class OnNode:
    """The plan as one node sees it: what dialects ask for."""

    plan: LabPlan
    node: str

    @property
    def family(self) -> int:
        """4 or 6."""
        return self.plan.family

    def network(self, name: str) -> str:
        """The address or subnet behind a name."""
        return self.plan.network(name)

    def address(self, name: str) -> str:
        """The address behind a name."""
        return str(self.plan.address(name))

    def device(self, segment: str) -> str:
        """This node's interface on a segment."""
        return self.plan.port(self.node, segment).device


def make_plan(lab: Lab, seed: int = 0) -> LabPlan:
    """Decide everything that a seed decides."""
    choices = SeededChoices(lab.name, seed)
    keep = set(lab.keep)
    lab = lab if "talk" in keep else _talking(lab, choices)
    called = {
        n.name: n.name if "names" in keep else choices.name(n.name, n.role) for n in lab.nodes
    }
    subnets = {s.name: choices.network(lab.family, _roomy(lab, s)) for s in lab.segments}
    numbers = {
        s.name: choices.numbers(subnets[s.name], len(s.nodes) + len(_aliases_in(lab, s)))
        for s in lab.segments
    }
    return LabPlan(
        lab,
        seed,
        called,
        tuple(_ports(lab, choices, subnets, numbers)),
        subnets,
        _aliases(lab, choices, subnets, numbers),
        {n.name: Dialect.NFT if "dialect" in keep else choices.dialect(n.name) for n in lab.nodes},
        {n.name: Style.PLAIN if "dialect" in keep else choices.style() for n in lab.nodes},
        {n.name: n.account for n in lab.nodes} if "accounts" in keep else _accounts(lab, choices),
        not seed or choices.chance(0.5),
        "noise" not in keep and (not seed or choices.chance(0.6)),
        choices.chance(0.2),
        choices.chance(0.3),
        _logbooks(lab, choices),
    )


def _logbooks(lab: Lab, choices: SeededChoices) -> dict[str, Logbook]:
    """Every second firewall logs, now and then to the kernel's own log only."""
    books = {}
    for node in (n for n in lab.nodes if n.firewall):
        if node.logs or choices.chance(0.5):
            book = choices.logbook()
            books[node.name] = (
                replace(book, group=None) if not node.logs and choices.chance(0.2) else book
            )
    return books


def _talking(lab: Lab, choices: SeededChoices) -> Lab:
    """The client may be slower where no rhythm is declared; its source port may change from attempt
    to attempt."""
    first, *others = lab.talks
    changing = (
        choices.chance(0.25)
        and not first.pick
        and first.manner not in (Manner.STREAM, Manner.QUIET)
    )
    slower = choices.random.choice((1.0, 1.0, 1.5, 2.5)) if choices.seed else first.every
    # a declared rhythm is part of the truth
    every = slower if first.every == USUAL else first.every
    varied = replace(first, source_port=None if changing else first.source_port, every=every)
    return replace(lab, talks=(varied, *others))


def _accounts(lab: Lab, choices: SeededChoices) -> dict[str, Account]:
    """Some nodes get another login; now and then one that has nothing to do with the fault gets one
    without sudo."""
    accounts = {node.name: _account(node, choices) for node in lab.nodes}
    innocent = [
        n.name
        for n in lab.nodes
        if n.name != lab.truth.guilty and accounts[n.name] is not Account.NONE
    ]
    if choices.chance(0.25):
        accounts[choices.random.choice(innocent)] = Account.PLAIN
    return accounts


def _account(node: Node, choices: SeededChoices) -> Account:
    if node.account in (Account.NONE, Account.PLAIN):
        return node.account
    return Account.OPS if choices.chance(0.4) else node.account


def _roomy(lab: Lab, segment: Segment) -> bool:
    has_hosts = any(not lab.node(name).forwarding for name in segment.nodes)
    many = len(segment.nodes) + len(_aliases_in(lab, segment)) > 4
    return segment.host_size or has_hosts or many


def _aliases_in(lab: Lab, segment: Segment) -> list[str]:
    return [alias.name for alias in lab.aliases if alias.out_of == segment.name]


def _ports(
    lab: Lab, choices: SeededChoices, subnets: dict[str, Network], numbers: dict[str, list[int]]
) -> Iterator[Port]:
    for index, node in enumerate(lab.nodes, 1):
        devices = choices.devices()
        for segment in (s for s in lab.segments if node.name in s.nodes):
            subnet = subnets[segment.name]
            number = numbers[segment.name][segment.nodes.index(node.name)]
            address = ip_interface(f"{subnet[number]}/{subnet.prefixlen}")
            link_local = f"fe80::{index:x}" if lab.link_local_gateways else None
            yield Port(node.name, segment.name, next(devices), address, link_local)


def _aliases(
    lab: Lab, choices: SeededChoices, subnets: dict[str, Network], numbers: dict[str, list[int]]
) -> dict[str, InterfaceAddress]:
    found: dict[str, InterfaceAddress] = {}
    for alias in lab.aliases:
        if alias.out_of:
            subnet = subnets[alias.out_of]
            segment = next(s for s in lab.segments if s.name == alias.out_of)
            number = numbers[alias.out_of][
                len(segment.nodes) + _aliases_in(lab, segment).index(alias.name)
            ]
        else:
            subnet = choices.network(lab.family, True)
            number = 0 if alias.net else choices.numbers(subnet, 1)[0]
        length = alias.length or alias.net or subnet.max_prefixlen
        found[alias.name] = ip_interface(f"{subnet[number]}/{length}")
    return found
