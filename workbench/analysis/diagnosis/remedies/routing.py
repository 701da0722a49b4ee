"""Fixes that change where packets go."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.analysis.captures.marks import tos_of
from workbench.analysis.case.findings import Hop
from workbench.analysis.case.verdict import Fix, FixClass
from workbench.analysis.device import forwarding
from workbench.analysis.device.policy_rules import rules, selects
from workbench.analysis.device.tunnels import nobody_takes
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.routing.marked_away import MarkedAway
from workbench.analysis.diagnosis.facts.routing.who_parts_them import Decider, Means
from workbench.analysis.diagnosis.facts.tunnels.keyless import refused_by_tunnel
from workbench.analysis.diagnosis.remedies.shell import word
from workbench.analysis.diagnosis.remedies.ways import Gateway, came_from, send, towards
from workbench.analysis.trace.parting import hashed

_PATHS_MEET = (
    "run the diagnosis again: both directions visit the same stateful devices, and the session is"
    " answered"
)
_SPREAD = "run the spread again: each source port crosses the same stateful device out and back"


def symmetric_return(scene: Scene, decider: Decider | None) -> Iterator[Fix]:
    """Send the replies back the way the requests came."""
    gateway = came_from(scene, decider.hop.device or "") if decider is not None else None
    if decider is None or decider.hop.device is None or gateway is None:
        return
    hop = decider.hop
    change = send(scene, decider.hop.device, hop.flow_out.dst, gateway, hop.table)
    yield Fix(
        FixClass.MAKE_RETURN_PATH_SYMMETRIC,
        hop.device,
        change.commands,
        change.rollback,
        side_effects=(
            f"all traffic from {hop.name} to {hop.flow_out.dst} then goes this way, not only this"
            " flow"
        ),
        proof=_PATHS_MEET,
    )


def straight_return(scene: Scene, device: str, reverse: bool) -> Iterator[Fix]:
    """Packets that go in and out of a device on one wire need it for nothing: their sender can pass
    it by."""
    names, hop = scene.findings.path(reverse).names, scene.hop(device, reverse)
    if (
        hop is None
        or hop.iif is None
        or hop.iif != hop.oif
        or hop.next_hop is None
        or device == names[0]
    ):
        return
    sender, target = names[names.index(device) - 1], hop.flow_out.dst
    change = send(scene, sender, target, Gateway(hop.next_hop, None))
    yield Fix(
        FixClass.MAKE_RETURN_PATH_SYMMETRIC,
        sender,
        change.commands,
        change.rollback,
        side_effects=f"{device} sees nothing any more of what {sender} sends to {target}",
        proof=_PATHS_MEET,
    )


def symmetric_hash(scene: Scene, decider: Decider | None) -> Iterator[Fix]:
    """Make both directions of a flow hash to the same branch: same policy, same seed, next hops in
    the same order."""
    if decider is None or decider.means is not Means.HASH:
        return
    family = "ipv4" if scene.flow.version == 4 else "ipv6"
    wanted = {
        f"net.{family}.fib_multipath_hash_policy": "1",
        "net.ipv4.fib_multipath_hash_seed": "1",
    }
    hops = (*hashed(scene.findings.forward), *hashed(scene.findings.reverse))
    for device in dict.fromkeys(hop.device for hop in hops if hop.device):
        old = {key: scene.case.setting(device, key) or "0" for key in wanted}
        yield Fix(
            FixClass.SYMMETRIC_HASH,
            device,
            tuple(f"sysctl -w {key}={value}" for key, value in wanted.items()),
            tuple(f"sysctl -w {word(f'{key}={value}')}" for key, value in old.items()),
            side_effects=(
                "moves running flows to other branches once; helps only if all hashing routers of"
                " both ways do the same and list their next hops in the same order"
            ),
            proof=_SPREAD,
        )


def one_leg_only(scene: Scene, decider: Decider | None, bad: str, kind: FixClass) -> Iterator[Fix]:
    """Let one branch carry the flow and leave out the one that leads to the failing device."""
    if decider is None or decider.hop.device is None:
        return
    hop = decider.hop
    good = next((b for b in hop.branches if b.device != bad and not b.taken and b.address), None)
    if good is None or good.address is None:
        return
    change = send(
        scene, decider.hop.device, hop.flow_out.dst, Gateway(good.address, good.interface)
    )
    yield Fix(
        kind,
        hop.device,
        change.commands,
        change.rollback,
        side_effects="one branch carries all traffic to that address",
        temporary=True,
        proof="attempts from several source ports all work",
    )


def drop_policy_rule(scene: Scene, chosen: Decider) -> Iterator[Fix]:
    """Take the policy rule away, or correct the table that it names."""
    commands = tuple(_rule_commands(scene, chosen.hop))
    if commands:
        yield Fix(
            FixClass.REMOVE_POLICY_RULE,
            chosen.hop.device,
            tuple(c.replace("rule add", "rule del") for c in commands),
            commands,
            side_effects="everything that the rule selects goes by the main table then",
            proof=_PATHS_MEET,
        )
    yield from symmetric_return(scene, chosen)


def source_first(found: MarkedAway) -> Iterator[Fix]:
    """Ask the rule for the source before the rule for the mark."""
    family = "ip" if found.hop.flow_in.version == 4 else "ip -6"
    place = max(1, found.by_mark.priority - 1)
    source = found.hop.flow_in.src
    rule = (
        f"from {source}/{source.max_prefixlen} lookup {word(found.by_source.table)} priority"
        f" {place}"
    )
    yield Fix(
        FixClass.REMOVE_POLICY_RULE,
        found.hop.device,
        (f"{family} rule add {rule}",),
        (f"{family} rule del {rule}",),
        side_effects=(
            f"all packets of {source} leave by {found.expected.interface} then, also the answers"
            " for which the mark was made: better not to restore the mark for connections that it"
            " begins itself"
        ),
        proof=f"a capture on {found.expected.interface}: the request leaves there, and is answered",
    )


def _rule_commands(scene: Scene, hop: Hop) -> Iterator[str]:
    ip = "ip" if hop.flow_in.version == 4 else "ip -6"
    worn = tos_of(scene.case, hop.device or "", hop.flow_in)
    for rule in rules(scene.case, hop.device or "", hop.flow_in.version):
        if (
            rule.priority == hop.rule_priority
            and selects(rule, hop.flow_in, hop.iif, hop.mark or 0, worn) is not False
        ):
            named = {
                "from": rule.source,
                "to": rule.destination,
                "iif": rule.iif,
                "ipproto": rule.protocol,
            }
            parts = [f"{name} {word(value)}" for name, value in named.items() if value is not None]
            parts += [f"fwmark {rule.mark:#x}/{rule.mask:#x}"] if rule.mark is not None else []
            parts += [f"tos {rule.tos:#x}"] if rule.tos else []
            yield " ".join(
                (f"{ip} rule add priority {rule.priority}", *parts, f"lookup {word(rule.table)}")
            )


def add_route(scene: Scene, hop: Hop, *, reverse: bool) -> Iterator[Fix]:
    """Give the device a way to the destination, or let it pass packets on at all."""
    if hop.decided.startswith(forwarding.WORDS):
        yield _forwarding(hop)
        return
    refused = refused_by_tunnel(scene, reverse)
    if refused is not None and refused.hop == hop and refused.unreachable:
        yield _endpoint(hop)
        return
    if nobody_takes(scene.case, hop.device or "", hop.oif, hop.flow_out.dst) or (
        refused and refused.hop == hop
    ):
        yield _to_a_peer(hop)
        return
    yield from _route(scene, hop, reverse, FixClass.ADD_ROUTE)


def _endpoint(hop: Hop) -> Fix:
    """WireGuard learns where a peer is from the peer's own packets, else it must be told."""
    link = word(hop.oif)
    return Fix(
        FixClass.ADD_ROUTE,
        hop.device,
        (
            f"wg show {link} endpoints",
            f"# of the peer that has none: wg set {link} peer KEY endpoint ADDRESS:PORT",
        ),
        ("# nothing to take back: the peer's own packets move it again",),
        proof=f"`wg show {link} endpoints` names an address for it, and packets leave",
    )


def _to_a_peer(hop: Hop) -> Fix:
    """WireGuard keeps one list for each peer, and sets it as a whole."""
    link, target = word(hop.oif), f"{hop.flow_out.dst}/{hop.flow_out.dst.max_prefixlen}"
    return Fix(
        FixClass.ADD_ROUTE,
        hop.device,
        (
            f"wg show {link} allowed-ips",
            f"# then, with all that is there: wg set {link} peer KEY allowed-ips ...,{target}",
        ),
        (f"# wg set {link} peer KEY allowed-ips, with the list as it was",),
        side_effects="what one peer's list gets, another peer's list loses",
        proof=f"`wg show {link} allowed-ips` names {hop.flow_out.dst}, and packets for it leave",
    )


def _forwarding(hop: Hop) -> Fix:
    name = forwarding.setting_name(hop.iif, hop.flow_in.version)
    return Fix(
        FixClass.FIX_ROUTE,
        hop.device,
        (f"sysctl -w {name}=1",),
        (f"sysctl -w {name}=0",),
        side_effects="the device routes for everybody from then on: is it meant to?",
        proof=(
            f"`ip route get {hop.flow_out.dst}` on {hop.name} names a next hop for a packet that"
            " comes in"
        ),
    )


def mend_route(scene: Scene, hop: Hop, reverse: bool) -> Iterator[Fix]:
    """Point the route of the device that sends packets back at the right neighbour."""
    yield from _route(scene, hop, reverse, FixClass.FIX_ROUTE)


def _route(scene: Scene, hop: Hop, reverse: bool, kind: FixClass) -> Iterator[Fix]:
    gateway = towards(scene, hop.device or "", reverse=reverse)
    target = hop.flow_out.dst
    if gateway is None or hop.device is None:
        commands = (f"# add a route to {target} on {hop.name}: no neighbour on the way is known",)
        yield Fix(
            kind,
            hop.device,
            commands,
            proof=f"`ip route get {target}` on {hop.name} names a next hop",
        )
        return
    change, near = send(scene, hop.device, target, gateway, hop.table), gateway.address == target
    asked = f"ip route get {target}{_as_chosen(scene, hop)}"
    yield Fix(
        kind,
        hop.device,
        change.commands,
        change.rollback,
        side_effects="covers this address only; mend the prefix where it is configured, too",
        proof=f"`{asked}` on {hop.name} names {gateway.interface if near else gateway.address}",
    )


def _as_chosen(scene: Scene, hop: Hop) -> str:
    """What the question must say besides, so that it meets the same policy rule."""
    worn = tos_of(scene.case, hop.device or "", hop.flow_in)
    mark = f" mark {hop.mark:#x}" if hop.mark else ""
    return mark + (f" tos {worn:#x}" if worn else "")
