"""Fixes that change what a packet filter lets pass, in the dialect that the device speaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.flow import Flow, Protocol
from workbench.analysis.case.verdict import Fix, FixClass
from workbench.analysis.device.rulesets import ruleset
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.neighbours.unheard import Kept
from workbench.analysis.diagnosis.facts.state.limits import counted
from workbench.analysis.diagnosis.facts.stops.blame import Blame, Kind
from workbench.analysis.diagnosis.facts.stops.stops import Stop
from workbench.analysis.diagnosis.remedies.limits import raise_limit
from workbench.analysis.diagnosis.remedies.shell import word


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule would go: dialect, and the chain that packets of this hook meet, as words for a
    shell."""

    dialect: str
    family: str
    table: str
    chain: str


def place(scene: Scene, device: str, hook: str, blame: Blame | None = None) -> Place | None:
    """The chain of the device in which a rule for this flow belongs."""
    chain = blame.chain if blame else None
    if chain is None:
        filters = [
            c
            for c in ruleset(scene.case, device).at(hook, scene.flow.version)
            if c.kind == "filter"
        ]
        chain = filters[-1] if filters else None
    return (
        Place(chain.dialect, *map(word, (chain.family, chain.table, chain.name))) if chain else None
    )


def permit(where: Place, flow: Flow) -> tuple[str, str]:
    """The command that lets this flow pass, and the one that takes that back."""
    if where.dialect == "nft":
        chain = f"{where.family} {where.table} {where.chain}"
        text = f'{_nft(flow)} accept comment "bothways"'
        back = f"nft -a list chain {chain}   # then: nft delete rule {chain} handle N"
        return f"nft insert rule {chain} {text}", back
    tool = _tool(where.dialect, flow.version)
    rule = f"{where.chain} {_iptables(flow)} -j ACCEPT"
    return f"{tool} -t {where.table} -I {rule}", f"{tool} -t {where.table} -D {rule}"


def clamp(where: Place | None, mss: int, version: int) -> tuple[str, str]:
    """The command that makes both ends of new TCP connections ask for segments of so many bytes,
    and its way back."""
    if where is not None and where.dialect == "nft":
        chain = f"{where.family} {where.table} {where.chain}"
        back = f"nft -a list chain {chain}   # then: nft delete rule {chain} handle N"
        return f"nft insert rule {chain} tcp flags syn tcp option maxseg size set {mss}", back
    tool = _tool(where.dialect if where else "", version)
    rule = f"FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss {mss}"
    return f"{tool} -t mangle -I {rule}", f"{tool} -t mangle -D {rule}"


def _tool(dialect: str, version: int) -> str:
    name = "iptables" if version == 4 else "ip6tables"
    return f"{name}-legacy" if "legacy" in dialect else name


def _nft(flow: Flow) -> str:
    ip = "ip" if flow.version == 4 else "ip6"
    parts = [f"{ip} saddr {flow.src} {ip} daddr {flow.dst}"]
    if flow.protocol is Protocol.ICMP:
        parts.append(f"meta l4proto {'icmp' if flow.version == 4 else 'ipv6-icmp'}")
    elif not flow.protocol.has_ports:
        parts.append(f"meta l4proto {flow.protocol}")
    else:
        parts += [f"{flow.protocol} {end} {port}" for end, port in _ports(flow)]
    return " ".join(parts)


def _iptables(flow: Flow) -> str:
    protocol = (
        "ipv6-icmp" if flow.protocol is Protocol.ICMP and flow.version == 6 else str(flow.protocol)
    )
    ports = (
        "".join(f" --{end} {port}" for end, port in _ports(flow))
        if flow.protocol is not Protocol.ICMP
        else ""
    )
    return f"-p {protocol} -s {flow.src} -d {flow.dst}{ports}"


def _ports(flow: Flow) -> list[tuple[str, int]]:
    """The service's port only: the client's changes with each attempt."""
    if flow.dport is not None and (flow.sport is None or flow.dport <= flow.sport):
        return [("dport", flow.dport)]
    return [("sport", flow.sport)] if flow.sport is not None else []


def _seen_at(scene: Scene, device: str, reverse: bool) -> Flow:
    hop = scene.hop(device, reverse) or scene.hop_below(device, reverse)
    if hop is None:
        return scene.flow.reversed() if reverse else scene.flow
    return hop.flow_in.translated(dst=hop.flow_out.dst, dport=hop.flow_out.dport)


def stateless_rule(scene: Scene, device: str, reverse: bool) -> Iterator[Fix]:
    """Let this flow pass without asking for a session: quick, and good to test with."""
    where = place(scene, device, "forward")
    if where is None:
        return
    command, back = permit(where, _seen_at(scene, device, reverse))
    yield Fix(
        FixClass.STATELESS_RULE_FOR_FLOW,
        device,
        (command,),
        (back,),
        side_effects="these packets pass without any check of their state",
        temporary=True,
        proof=f"the counter of the new rule rises, and the packet leaves {device}",
    )


def accept_untracked(scene: Scene, device: str, reverse: bool) -> Iterator[Fix]:
    """Keep this flow out of connection tracking on a device that sees only half of it."""
    where = place(scene, device, "forward")
    if where is None:
        return
    flow = _seen_at(scene, device, reverse)
    track = _notrack(where, flow)
    command, back = permit(where, flow)
    yield Fix(
        FixClass.BE_LIBERAL_OR_ACCEPT_UNTRACKED,
        device,
        (*track[0], command),
        (back, *track[1]),
        side_effects="the flow is no longer tracked there: no NAT and no state for it",
        proof=f"the packet leaves {device}, and its invalid counter stands still",
    )


def _notrack(where: Place, flow: Flow) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if where.dialect == "nft":
        table = f"{'ip' if flow.version == 4 else 'ip6'} bothways_raw"
        make = (
            f"nft 'add table {table}; add chain {table} pre {{ type filter hook prerouting priority"
            " raw; }'"
        )
        return (make, f"nft add rule {table} pre {_nft(flow)} notrack"), (
            f"nft delete table {table}",
        )
    tool = _tool(where.dialect, flow.version)
    rule = f"PREROUTING {_iptables(flow)} -j CT --notrack"
    return (f"{tool} -t raw -I {rule}",), (f"{tool} -t raw -D {rule}",)


def allow_in_transit(stop: Stop, blame: Blame | None) -> Iterator[Fix]:
    """Let the firewall's policy permit the flow."""
    yield from _allow(stop, blame, FixClass.ADD_FIREWALL_RULE, "forward")


def allow_on_host(stop: Stop, blame: Blame) -> Iterator[Fix]:
    """Let the server's own filter permit the flow, or its kernel answer."""
    if blame.rule is None and blame.chain is None and stop.scene.flow.protocol is Protocol.ICMP:
        key = blame.text.partition(": ")[2].partition(" ")[0]
        on, off = (f"sysctl -w {word(f'{key}={value}')}" for value in (0, 1))
        yield Fix(
            FixClass.FIX_HOST_FIREWALL,
            stop.device,
            (on,),
            (off,),
            proof="a ping from the client is answered",
        )
        return
    yield from _allow(
        stop, blame, FixClass.FIX_HOST_FIREWALL, "output" if stop.reverse else "input"
    )


def mend_acl(stop: Stop, blame: Blame | None) -> Iterator[Fix]:
    """Permit this direction ahead of the rule that drops it."""
    yield from _allow(stop, blame, FixClass.FIX_ACL, "forward")


def join_ports(kept: Kept) -> Iterator[Fix]:
    """Let a bridge pass frames between two of its ports again."""
    if kept.isolated:
        yield Fix(
            FixClass.FIX_ACL,
            kept.device,
            (f"bridge link set dev {word(kept.behind)} isolated off",),
            (f"bridge link set dev {word(kept.behind)} isolated on",),
            side_effects=(
                f"whoever is behind {kept.behind} and the other isolated ports hear each other then"
            ),
            proof="the neighbour entry becomes REACHABLE",
        )


def _allow(stop: Stop, blame: Blame | None, kind: FixClass, hook: str) -> Iterator[Fix]:
    if blame is not None and blame.rule is not None and counted(blame.rule):
        yield from raise_limit(stop, blame)
    if blame is not None and blame.cure is not None:
        inside = f"what the {stop.packet} is comes out of the tunnel there"
        tracked = f"the {stop.packet} leaves {stop.device}, and its session there is answered"
        yield Fix(
            kind, stop.device, *blame.cure, proof=tracked if blame.kind is Kind.TRACKING else inside
        )
        return
    where = place(stop.scene, stop.device, hook, blame)
    if where is None:
        return
    command, back = permit(where, _seen_at(stop.scene, stop.device, stop.reverse))
    goes_on = (
        f"{stop.device} answers the {stop.packet}"
        if hook == "input"
        else f"the {stop.packet} leaves {stop.device}"
    )
    yield Fix(
        kind,
        stop.device,
        (command,),
        (back,),
        side_effects="permits what somebody may have denied on purpose: ask who owns the rule",
        proof=f"{goes_on}, and the counter of the denying rule stands still",
    )


def hear_neighbours(scene: Scene, device: str) -> Iterator[Fix]:
    """Let the host hear who asks for its address, and the answers to its own requests."""
    where = place(scene, device, "input")
    if where is None:
        return
    if where.dialect == "nft":
        chain = f"{where.family} {where.table} {where.chain}"
        kinds = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert }"
        commands: tuple[str, ...] = (f"nft insert rule {chain} {kinds} accept",)
        back: tuple[str, ...] = (
            f"nft -a list chain {chain}   # then: nft delete rule {chain} handle N",
        )
    else:
        tool = f"{_tool(where.dialect, 6)} -t {where.table}"
        rules = [
            f"{where.chain} -p ipv6-icmp --icmpv6-type {number} -j ACCEPT"
            for number in (135, 136, 134)
        ]
        commands, back = (
            tuple(f"{tool} -I {one}" for one in rules),
            tuple(f"{tool} -D {one}" for one in rules),
        )
    proof = f"the neighbour entry of {device} on its router is REACHABLE"
    yield Fix(FixClass.FIX_HOST_FIREWALL, device, commands, back, proof=proof)
