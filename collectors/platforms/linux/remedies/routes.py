"""Routes, policy rules and tunnels' peers, as iproute2 and wg set them."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.flow import Address
from collectors.model.records import NextHop, PolicyRule, Route
from collectors.model.remedy import Spellers, Spelling
from collectors.model.remedy.routes import (
    AddSourceRule,
    FindRoute,
    LetPeerIn,
    RemovePolicyRules,
    RouteBySource,
    RouteToTranslator,
    SendThroughPeer,
    SetRoute,
    SetSymmetricHash,
    StartForwarding,
    TeachPeerEndpoint,
)
from collectors.platforms.linux.remedies.quoting import sysctl, word, words

PLAIN_TABLES = frozenset({"", "main", "default", "local", "254", "253", "255"})


def ip(version: int) -> str:
    """The tool for that version of IP."""
    return "ip" if version == 4 else "ip -6"


def prefix(address: Address) -> str:
    """The address as a destination of its own."""
    return f"{address}/{address.max_prefixlen}"


def set_route(remedy: SetRoute) -> Spelling:
    """Replace the route of one address; what stands there already is put back by the rollback."""
    head = f"{ip(remedy.destination.version)} route"
    special = remedy.table and remedy.table not in PLAIN_TABLES
    place = f" table {word(remedy.table)}" if special else ""
    way = prefix(remedy.destination) + _by(remedy) + place
    back = f"{head} del {way}"
    if remedy.standing is not None:
        back = f"{head} replace {_standing(remedy.standing)}{place}"
    return Spelling((f"{head} replace {way}",), (back,), proof=route_proof(remedy))


def _by(remedy: SetRoute) -> str:
    via = "" if _on_link(remedy) else f" via {remedy.gateway}"
    return via + (f" dev {word(remedy.interface)}" if remedy.interface else "")


def _on_link(remedy: SetRoute) -> bool:
    """On a link of its own no gateway is needed."""
    return remedy.gateway == remedy.destination and remedy.interface is not None


def route_proof(remedy: SetRoute) -> str | None:
    """The device's own answer to which way such a packet takes, where that is the proof."""
    if remedy.lookup is None:
        return None
    mark = f" mark {remedy.lookup.mark:#x}" if remedy.lookup.mark else ""
    tos = f" tos {remedy.lookup.tos:#x}" if remedy.lookup.tos else ""
    asked = f"ip route get {remedy.destination}{mark}{tos}"
    direct = remedy.gateway == remedy.destination
    return f"`{asked}` on {remedy.device} names {remedy.interface if direct else remedy.gateway}"


def _standing(route: Route) -> str:
    """The route in the words of its command."""
    kind = [] if route.kind == "unicast" else [route.kind]
    several = len(route.next_hops) > 1
    hops = [part for hop in route.next_hops for part in _next_hop(hop, several)]
    return words(*kind, route.destination, *hops)


def _next_hop(hop: NextHop, several: bool) -> Iterator[object]:
    if several:
        yield "nexthop"
    if hop.gateway:
        yield from ("via", hop.gateway)
    if hop.interface:
        yield from ("dev", hop.interface)


def find_route(remedy: FindRoute) -> Spelling:
    """No command: nothing tells by which neighbour."""
    target, node = remedy.destination, remedy.node
    return Spelling(
        (f"# add a route to {target} on {node}: no neighbour on the way is known",),
        proof=f"`ip route get {target}` on {node} names a next hop",
    )


def route_to_translator(remedy: RouteToTranslator) -> Spelling:
    """By the kernel's own table, whatever daemon runs."""
    way = f"{prefix(remedy.destination)} via {remedy.gateway}"
    return Spelling((f"ip route replace {way}",), (f"ip route del {way}",))


def set_symmetric_hash(remedy: SetSymmetricHash) -> Spelling:
    """Hash policy 1 (addresses and ports), and one seed for all."""
    family = "ipv4" if remedy.version == 4 else "ipv6"
    keys = (f"net.{family}.fib_multipath_hash_policy", "net.ipv4.fib_multipath_hash_seed")
    return Spelling(
        tuple(sysctl(key, 1) for key in keys),
        tuple(sysctl(key, remedy.settings.get(key) or "0") for key in keys),
    )


def start_forwarding(remedy: StartForwarding) -> Spelling:
    """IPv4 asks the interface of arrival, IPv6 the device."""
    four = remedy.destination.version == 4
    key = f"net.ipv4.conf.{remedy.interface}.forwarding" if four else _FORWARDS_SIX
    return Spelling(
        (sysctl(key, 1),),
        (sysctl(key, 0),),
        proof=(
            f"`ip route get {remedy.destination}` on {remedy.device} names a next hop for a packet"
            " that comes in"
        ),
    )


_FORWARDS_SIX = "net.ipv6.conf.all.forwarding"


def remove_rules(remedy: RemovePolicyRules) -> Spelling:
    """The same words add a rule and delete it."""
    rules = [" ".join(_rule(one)) for one in remedy.rules]
    head = f"{ip(remedy.version)} rule"
    return Spelling(
        tuple(f"{head} del {rule}" for rule in rules),
        tuple(f"{head} add {rule}" for rule in rules),
    )


def _rule(rule: PolicyRule) -> Iterator[str]:
    yield f"priority {rule.priority}"
    named = {"from": rule.source, "to": rule.destination, "iif": rule.iif, "ipproto": rule.protocol}
    yield from (f"{name} {word(value)}" for name, value in named.items() if value is not None)
    if rule.mark is not None:
        yield f"fwmark {rule.mark:#x}/{rule.mask:#x}"
    if rule.tos:
        yield f"tos {rule.tos:#x}"
    yield f"lookup {word(rule.table)}"


def add_source_rule(remedy: AddSourceRule) -> Spelling:
    """A rule by source, with a priority of its own."""
    head, source = f"{ip(remedy.source.version)} rule", prefix(remedy.source)
    rule = f"from {source} lookup {word(remedy.table)} priority {remedy.priority}"
    return Spelling((f"{head} add {rule}",), (f"{head} del {rule}",))


def route_by_source(remedy: RouteBySource) -> Spelling:
    """A table of its own, and a rule that leads to it."""
    tool, target = ip(remedy.source.version), remedy.destination
    to, where = (prefix(target), f" to {target}") if target else ("default", "")
    rule = f"from {prefix(remedy.source)} lookup 100 priority 100"
    by = f"via {remedy.gateway} dev {word(remedy.interface)}"
    return Spelling(
        (f"{tool} route add {to} {by} table 100", f"{tool} rule add {rule}"),
        (f"{tool} rule del {rule}", f"{tool} route flush table 100"),
        side_effects=(
            f"everything that {remedy.device} sends from {remedy.source}{where} leaves by that"
            " gateway; table 100 must not be in use for anything else"
        ),
        proof=f"`ip route get` from {remedy.source} on {remedy.device} names {remedy.gateway}",
    )


def teach_endpoint(remedy: TeachPeerEndpoint) -> Spelling:
    """WireGuard learns where a peer is from the peer's own packets, else it must be configured."""
    link = word(remedy.link)
    return Spelling(
        (
            f"wg show {link} endpoints",
            f"# of the peer that has none: wg set {link} peer KEY endpoint ADDRESS:PORT",
        ),
        ("# nothing to take back: the peer's own packets move it again",),
        proof=f"`wg show {link} endpoints` names an address for it, and packets leave",
    )


def send_through_peer(remedy: SendThroughPeer) -> Spelling:
    """WireGuard keeps one list for each peer, and sets it as a whole."""
    link, target = word(remedy.link), remedy.destination
    return Spelling(
        (
            f"wg show {link} allowed-ips",
            "# then, with all that is there:"
            f" wg set {link} peer KEY allowed-ips ...,{prefix(target)}",
        ),
        (f"# wg set {link} peer KEY allowed-ips, with the list as it was",),
        proof=f"`wg show {link} allowed-ips` names {target}, and packets for it leave",
    )


def let_peer_in(remedy: LetPeerIn) -> Spelling:
    """The whole list again, with one address more; the whole key is not kept."""
    peer, link = remedy.peer, word(remedy.peer.interface)
    every = ",".join(map(str, (*peer.allowed, prefix(remedy.source))))
    old = ",".join(map(str, peer.allowed))
    head = f"wg set {link} peer KEY allowed-ips"
    return Spelling(
        (f"wg show {link} peers", f"# the key that begins with {peer.name}: {head} {every}"),
        (f"# {head} {old}",),
    )


REMEDIES: Spellers = {
    AddSourceRule: add_source_rule,
    FindRoute: find_route,
    LetPeerIn: let_peer_in,
    RemovePolicyRules: remove_rules,
    RouteBySource: route_by_source,
    RouteToTranslator: route_to_translator,
    SendThroughPeer: send_through_peer,
    SetRoute: set_route,
    SetSymmetricHash: set_symmetric_hash,
    StartForwarding: start_forwarding,
    TeachPeerEndpoint: teach_endpoint,
}
