"""What a packet filter, a bridge or a host lets pass: nft where nft keeps the chain, else
iptables."""

from __future__ import annotations

from collectors.model.flow import Flow
from collectors.model.records import FilterChain
from collectors.model.remedy import Spellers, Spelling
from collectors.model.remedy.filters import (
    AcceptUntracked,
    AnswerEcho,
    JoinBridgePorts,
    PermitFlow,
    PermitVrrp,
    RemovePacketLifeRule,
    SetPacketLife,
    SetPacketLifeSetting,
    TrackBothOrNone,
    TrackInOneZone,
)
from collectors.platforms.linux.remedies.chains import (
    inserted_by_iptables,
    inserted_by_nft,
    iptables_match,
    nft_chain,
    nft_match,
    spoken_by_nft,
    tool,
)
from collectors.platforms.linux.remedies.quoting import sysctl, word
from collectors.platforms.linux.remedies.rule_text import in_a_sentence

_ECHO = {4: "net.ipv4.icmp_echo_ignore_all", 6: "net.ipv6.icmp.echo_ignore_all"}


def permit_flow(remedy: PermitFlow) -> Spelling:
    """Let the flow pass, ahead of all other rules of the chain."""
    return _permit(remedy.chain, remedy.flow)


def _permit(chain: FilterChain, flow: Flow) -> Spelling:
    if spoken_by_nft(chain):
        return inserted_by_nft(chain, f'{nft_match(flow)} accept comment "bothways"')
    head = f"{tool(chain.dialect, flow.version)} -t {word(chain.table)}"
    return inserted_by_iptables(head, [f"{word(chain.name)} {iptables_match(flow)} -j ACCEPT"])


def accept_untracked(remedy: AcceptUntracked) -> Spelling:
    """A rule that tracks nothing of the flow, and one that permits it."""
    untracked = _untracked(remedy.chain, remedy.flow)
    permitted = _permit(remedy.chain, remedy.flow)
    return Spelling(
        (*untracked.commands, *permitted.commands),
        (*permitted.rollback, *untracked.rollback),
        proof=f"the packet leaves {remedy.device}, and its invalid counter stands still",
    )


def _untracked(chain: FilterChain, flow: Flow) -> Spelling:
    if not spoken_by_nft(chain):
        rule = f"PREROUTING {iptables_match(flow)} -j CT --notrack"
        return inserted_by_iptables(f"{tool(chain.dialect, flow.version)} -t raw", [rule])
    table = f"{'ip' if flow.version == 4 else 'ip6'} bothways_raw"
    made = (
        f"nft 'add table {table}; add chain {table} pre {{ type filter hook prerouting priority"
        " raw; }'"
    )
    rule = f"nft add rule {table} pre {nft_match(flow)} notrack"
    return Spelling((made, rule), (f"nft delete table {table}",))


def permit_vrrp(remedy: PermitVrrp) -> Spelling:
    """VRRP has a protocol number of its own."""
    if spoken_by_nft(remedy.chain):
        return inserted_by_nft(remedy.chain, "ip protocol vrrp accept")
    return inserted_by_iptables("iptables", ["INPUT -p vrrp -j ACCEPT"])


def answer_echo(remedy: AnswerEcho) -> Spelling:
    """The kernel answers pings, or none at all."""
    key = _ECHO[remedy.version]
    return Spelling((sysctl(key, 0),), (sysctl(key, 1),))


def join_ports(remedy: JoinBridgePorts) -> Spelling:
    """Two isolated ports of a bridge exchange no frames."""
    head = f"bridge link set dev {word(remedy.port)} isolated"
    proof = "the neighbour entry becomes REACHABLE"
    return Spelling((f"{head} off",), (f"{head} on",), proof=proof)


def track_in_one_zone(remedy: TrackInOneZone) -> Spelling:
    """Rules set zones; which ones is for people to say."""
    change = (
        "# let the rules that set zones (`ct zone set`, `CT --zone`) give both interfaces of this"
        " flow the same zone"
    )
    return Spelling((change,), ("# give them their own zones again",))


def track_both_or_none(remedy: TrackBothOrNone) -> Spelling:
    """A rule with notrack takes one direction out of tracking."""
    change = (
        "# take the rule with notrack away; or keep the answers out as well (`sport` for `dport`),"
        " and accept untracked"
    )
    return Spelling((change,), ("# put the rule back",))


def set_life_setting(remedy: SetPacketLifeSetting) -> Spelling:
    """The time to live that packets of the host begin with."""
    return Spelling(
        (sysctl(remedy.setting, remedy.life),),
        (sysctl(remedy.setting, remedy.was),),
        proof=_ARRIVES,
    )


def remove_rule(remedy: RemovePacketLifeRule) -> Spelling | None:
    """nft finds a rule by its handle; without one it cannot be named. What the rule says is shown
    first: its text is for people, and nft may not take it back."""
    rule = remedy.rule
    if not spoken_by_nft(rule) or not rule.handle:
        return None
    place = nft_chain(rule)
    return Spelling(
        (
            f"nft -a list chain {place}   # keep the rule with handle {word(rule.handle)}",
            f"nft delete rule {place} handle {word(rule.handle)}",
        ),
        (f"# put the rule back where it stood, as the list showed it: {in_a_sentence(rule)}",),
        proof=_ARRIVES,
    )


def set_life(remedy: SetPacketLife) -> Spelling:
    """A rule behind routing, for what goes to one address."""
    four = remedy.destination.version == 4
    name, target = ("iptables", "TTL --ttl-set") if four else ("ip6tables", "HL --hl-set")
    rest = f"POSTROUTING -d {remedy.destination} -j {target} {remedy.life}"
    head = f"{name} -t mangle"
    return Spelling((f"{head} -A {rest}",), (f"{head} -D {rest}",), proof=_ARRIVES)


_ARRIVES = "the packets arrive, and IcmpInTimeExcds stands still"

REMEDIES: Spellers = {
    AcceptUntracked: accept_untracked,
    AnswerEcho: answer_echo,
    JoinBridgePorts: join_ports,
    PermitFlow: permit_flow,
    PermitVrrp: permit_vrrp,
    RemovePacketLifeRule: remove_rule,
    SetPacketLife: set_life,
    SetPacketLifeSetting: set_life_setting,
    TrackBothOrNone: track_both_or_none,
    TrackInOneZone: track_in_one_zone,
}
