"""Fixes that change where packets go."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.flow import Address
from workbench.analysis.case import Case
from workbench.analysis.facts.deciders import Decider, Means
from workbench.analysis.facts.routing import PLAIN_TABLES
from workbench.analysis.facts.scene import Scene
from workbench.analysis.findings import Hop
from workbench.analysis.policy import rules, selects
from workbench.analysis.verdict import Fix, FixClass

_PATHS_MEET = "run the diagnosis again: both directions visit the same stateful devices, and the session is answered"


def symmetric_return(scene: Scene, decider: Decider | None) -> Iterator[Fix]:
    """Send the replies back the way the requests came."""
    if decider is None or decider.hop.device is None:
        return
    hop = decider.hop
    gateway = came_from(scene, hop.device or "")
    if gateway is None:
        return
    yield Fix(
        FixClass.MAKE_RETURN_PATH_SYMMETRIC,
        hop.device,
        (_ip(hop, "replace", gateway),),
        (_ip(hop, "del", gateway),),
        side_effects=f"all traffic from {hop.name} to {hop.flow_out.dst} then goes this way, not only this flow",
        proof=_PATHS_MEET,
    )


def came_from(scene: Scene, device: str) -> tuple[Address, str] | None:
    """By which neighbour and interface do the requests reach that device? It is the way back that keeps state whole."""
    names = scene.findings.forward.names
    hop = scene.hop(device, reverse=False)
    if hop is None or hop.iif is None or device not in names or names.index(device) == 0:
        return None
    before = names[names.index(device) - 1]
    gateway = _address_on_link(scene.case, before, device, hop.iif, hop.flow_in.version)
    return (gateway, hop.iif) if gateway else None


def _address_on_link(case: Case, neighbour: str, device: str, interface: str, version: int) -> Address | None:
    own = [p.address for p in case.ports_of(device) if p.interface == interface and p.address.version == version]
    links = [address.network for address in own if not address.ip.is_link_local]
    for port in case.ports_of(neighbour):
        if any(port.address.ip.version == n.version and port.address.ip in n for n in links):
            return port.address.ip
    return None


def _ip(hop: Hop, verb: str, gateway: tuple[Address, str]) -> str:
    target = hop.flow_out.dst
    address, interface = gateway
    table = f" table {hop.table}" if hop.table and hop.table not in PLAIN_TABLES else ""
    return f"ip route {verb} {target}/{target.max_prefixlen} via {address} dev {interface}{table}"


def symmetric_hash(scene: Scene, decider: Decider | None) -> Iterator[Fix]:
    """Make both directions of a flow hash to the same branch."""
    if decider is None or decider.means is not Means.HASH:
        return
    device = decider.hop.device
    family = "ipv4" if scene.flow.version == 4 else "ipv6"
    old = {key: scene.case.setting(device or "", f"net.{family}.{key}") for key in ("fib_multipath_hash_policy",)}
    back = tuple(f"sysctl -w net.{family}.{key}={value}" for key, value in old.items() if value is not None)
    yield Fix(
        FixClass.SYMMETRIC_HASH,
        device,
        (f"sysctl -w net.{family}.fib_multipath_hash_policy=0",),
        back or (f"sysctl -w net.{family}.fib_multipath_hash_policy=1",),
        side_effects="flows between the same two hosts then share one branch; do the same at the other end, "
        "and see that both order their next hops alike",
        proof="run the spread again: each source port crosses the same stateful device out and back",
    )


def one_leg_only(scene: Scene, decider: Decider | None, bad: str) -> Iterator[Fix]:
    """Take the branch that leads to the failing device out of the set, to test or until it is mended."""
    if decider is None or decider.hop.device is None:
        return
    hop = decider.hop
    good = next((b for b in hop.branches if b.device != bad and not b.taken and b.address), None)
    if good is None:
        return
    target = hop.flow_out.dst
    exact = f"{target}/{target.max_prefixlen} via {good.address}" + (f" dev {good.interface}" if good.interface else "")
    yield Fix(
        FixClass.REMOVE_BAD_LEG,
        hop.device,
        (f"ip route replace {exact}",),
        (f"ip route del {exact}",),
        side_effects="one branch carries all traffic to that address",
        temporary=True,
        proof="attempts from several source ports all work",
    )


def drop_policy_rule(scene: Scene, chosen: Decider) -> Iterator[Fix]:
    """Take the policy rule away, or correct the table that it names."""
    hop = chosen.hop
    commands = tuple(_rule_commands(scene, hop))
    if commands:
        yield Fix(
            FixClass.REMOVE_POLICY_RULE,
            hop.device,
            tuple(c.replace("ip rule add", "ip rule del") for c in commands),
            commands,
            side_effects="everything that the rule selects goes by the main table then",
            proof=_PATHS_MEET,
        )
    yield from symmetric_return(scene, chosen)


def _rule_commands(scene: Scene, hop: Hop) -> Iterator[str]:
    version = "" if hop.flow_in.version == 4 else "-6 "
    for rule in rules(scene.case, hop.device or "", hop.flow_in.version):
        if rule.priority == hop.rule_priority and selects(rule, hop.flow_in, hop.iif, hop.mark or 0) is not False:
            parts = {"from": rule.source, "to": rule.destination, "iif": rule.iif, "ipproto": rule.protocol}
            selectors = " ".join(f"{word} {value}" for word, value in parts.items() if value is not None)
            mark = f" fwmark {rule.mark:#x}/{rule.mask:#x}" if rule.mark is not None else ""
            yield f"ip {version}rule add priority {rule.priority} {selectors}{mark} lookup {rule.table}".replace(
                "  ", " "
            )


def add_route(scene: Scene, hop: Hop, *, reverse: bool) -> Iterator[Fix]:
    """Give the device a way to the destination."""
    gateway = came_from(scene, hop.device or "") if reverse else _onward(scene, hop)
    target = hop.flow_out.dst
    via = f"via {gateway[0]} dev {gateway[1]}" if gateway else "via GATEWAY"
    yield Fix(
        FixClass.ADD_ROUTE,
        hop.device,
        (f"ip route replace {target}/{target.max_prefixlen} {via}",),
        (f"ip route del {target}/{target.max_prefixlen} {via}",),
        side_effects="add it to the routing daemon too where one runs, or it goes with the next restart",
        proof=f"`ip route get {target}` on {hop.name} names a next hop",
    )


def _onward(scene: Scene, hop: Hop) -> tuple[Address, str] | None:
    """By which neighbour do the replies reach this device? It is the way to the server."""
    names = scene.findings.reverse.names
    back = scene.hop(hop.device or "", reverse=True)
    if back is None or back.iif is None or not names.index(back.name):
        return None
    gateway = _address_on_link(scene.case, names[names.index(back.name) - 1], back.name, back.iif, scene.flow.version)
    return (gateway, back.iif) if gateway else None


def mend_route(scene: Scene, hop: Hop, reverse: bool) -> Iterator[Fix]:
    """Point the route of the device that sends packets back at the right neighbour."""
    for fix in add_route(scene, hop, reverse=reverse):
        yield Fix(FixClass.FIX_ROUTE, fix.device, fix.commands, fix.rollback, fix.side_effects, False, fix.proof)
