"""NAT: of nft, of iptables, and of the kernel's load balancer (IPVS)."""

from __future__ import annotations

from collectors.model.flow import Flow
from collectors.model.remedy import Spellers, Spelling
from collectors.model.remedy.translation import (
    ExemptFromTranslation,
    FilterBridgedPackets,
    HideReturningSource,
    HideSource,
    ReplaceTarget,
)
from collectors.platforms.linux.remedies.chains import (
    inserted_by_iptables,
    inserted_by_nft,
    spoken_by_nft,
    tool,
)
from collectors.platforms.linux.remedies.quoting import sysctl
from collectors.platforms.linux.remedies.targets import replace_target


def hide_source(remedy: HideSource) -> Spelling:
    """Masquerade what goes to the service, in a table of its own where nft may be used."""
    flow, chain = remedy.flow, remedy.chain
    if chain is not None and not spoken_by_nft(chain):
        ports = f" --dport {flow.dport}" if flow.dport else ""
        rule = f"POSTROUTING -p {flow.protocol} -d {flow.dst}{ports} -j MASQUERADE"
        return inserted_by_iptables(_nat(flow), [rule])
    family = "ip" if flow.version == 4 else "ip6"
    table = f"{family} bothways_nat"
    made = (
        f"nft 'add table {table}; add chain {table} post {{ type nat hook postrouting priority"
        " srcnat; }'"
    )
    port = f" {flow.protocol} dport {flow.dport}" if flow.dport else ""
    rule = f"nft add rule {table} post {family} daddr {flow.dst}{port} masquerade"
    return Spelling((made, rule), (f"nft delete table {table}",))


def hide_returning_source(remedy: HideReturningSource) -> Spelling:
    """Masquerade the requests of one source to one service."""
    flow = remedy.flow
    ports = f" -p {flow.protocol} --dport {flow.dport}" if flow.dport else ""
    rule = f"POSTROUTING -s {flow.src} -d {flow.dst}{ports} -j MASQUERADE"
    return inserted_by_iptables(_nat(flow), [rule])


def exempt(remedy: ExemptFromTranslation) -> Spelling:
    """A rule that accepts ends the translation of what it matches."""
    flow = remedy.flow
    if remedy.rule is not None and spoken_by_nft(remedy.rule):
        family = "ip" if flow.version == 4 else "ip6"
        port = f" {flow.protocol} sport {flow.dport}" if flow.dport else ""
        return inserted_by_nft(remedy.rule, f"{family} saddr {flow.dst}{port} accept")
    ports = f" -p {flow.protocol} --sport {flow.dport}" if flow.dport else ""
    return inserted_by_iptables(_nat(flow), [f"POSTROUTING -s {flow.dst}{ports} -j ACCEPT"])


def _nat(flow: Flow) -> str:
    return f"{tool('', flow.version)} -t nat"


def filter_bridged(remedy: FilterBridgedPackets) -> Spelling:
    """Filters of IP see what a bridge passes only where br_netfilter shows it to them."""
    shown = f"modprobe br_netfilter; {sysctl(remedy.setting, 1)}"
    return Spelling((shown,), (sysctl(remedy.setting, 0),))


REMEDIES: Spellers = {
    ExemptFromTranslation: exempt,
    FilterBridgedPackets: filter_bridged,
    HideReturningSource: hide_returning_source,
    HideSource: hide_source,
    ReplaceTarget: replace_target,
}
