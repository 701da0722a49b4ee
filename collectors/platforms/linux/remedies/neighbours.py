"""Who answers for which address on a link: ARP, neighbour discovery, the neighbour table."""

from __future__ import annotations

from collectors.model.remedy import Spellers, Spelling
from collectors.model.remedy.filters import (
    AnswerNeighbourRequests,
    PermitNeighbourDiscovery,
    RemoveArpRule,
)
from collectors.model.remedy.routes import SetTunnelEnd
from collectors.model.remedy.sessions import ForgetNeighbour
from collectors.platforms.linux.remedies.chains import (
    inserted_by_iptables,
    inserted_by_nft,
    nft_chain,
    spoken_by_nft,
    take_back,
    tool,
)
from collectors.platforms.linux.remedies.quoting import sysctl, word
from collectors.platforms.linux.remedies.rule_text import in_a_sentence


def forget_neighbour(remedy: ForgetNeighbour) -> Spelling:
    """A deleted entry is asked for anew; a wrong one can be put back as it was."""
    entry = f"{remedy.address} dev {word(remedy.interface or '')}"
    fixed = " nud permanent" if remedy.fixed else ""
    old = f"ip neigh replace {entry} lladdr {word(remedy.mac)}{fixed}"
    back = old if remedy.mac is not None else "# nothing: the entry is asked for anew"
    proof = f"`ip neigh show {remedy.address}` on {remedy.device} names {remedy.holder}"
    return Spelling((f"ip neigh del {entry}",), (back,), proof=proof)


def set_tunnel_end(remedy: SetTunnelEnd) -> Spelling:
    """The forwarding table of VXLAN names a far end for each hardware address."""
    link = word(remedy.interface)
    head = f"bridge fdb replace {word(remedy.mac)} dev {link} dst"
    known = f"{head} {remedy.right}"
    asked = f"# give the address of {remedy.holder}'s own end: {head} ADDRESS"
    return Spelling(
        (known if remedy.right is not None else asked,),
        (f"{head} {remedy.wrong}",),
        proof=(
            f"`bridge fdb show dev {link}` on {remedy.device} names"
            f" {remedy.right or remedy.holder}, and {remedy.holder} gets the tunnel's packets"
        ),
    )


def answer_requests(remedy: AnswerNeighbourRequests) -> Spelling:
    """arp_ignore = 0: every address of the host is announced on every interface."""
    key = f"net.ipv4.conf.{remedy.interface}.arp_ignore"
    return Spelling(
        (sysctl(key, 0),), (sysctl(key, remedy.settings.get(key, 1)),), proof=_stays(remedy)
    )


def remove_arp_rule(remedy: RemoveArpRule) -> Spelling:
    """A rule of nft's family arp."""
    rule, place = remedy.rule, nft_chain(remedy.rule)
    delete = f"nft delete rule {place} handle {word(rule.handle)}"
    return Spelling(
        (delete if rule.handle else take_back(place),),
        (f"# put the rule back where it stood: {in_a_sentence(rule)}",),
        proof=_stays(remedy),
    )


def _stays(remedy: AnswerNeighbourRequests | RemoveArpRule) -> str:
    return f"the last router's neighbour entry for {remedy.device} stays REACHABLE"


def permit_discovery(remedy: PermitNeighbourDiscovery) -> Spelling:
    """Questions for neighbours, their answers, and what routers announce (RFC 4861)."""
    chain = remedy.chain
    if spoken_by_nft(chain):
        kinds = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert }"
        return inserted_by_nft(chain, f"{kinds} accept")
    rules = [
        f"{word(chain.name)} -p ipv6-icmp --icmpv6-type {number} -j ACCEPT"
        for number in (135, 136, 134)
    ]
    return inserted_by_iptables(f"{tool(chain.dialect, 6)} -t {word(chain.table)}", rules)


REMEDIES: Spellers = {
    AnswerNeighbourRequests: answer_requests,
    ForgetNeighbour: forget_neighbour,
    PermitNeighbourDiscovery: permit_discovery,
    RemoveArpRule: remove_arp_rule,
    SetTunnelEnd: set_tunnel_end,
}
