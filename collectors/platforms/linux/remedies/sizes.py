"""Packets that do not fit: the message that tells the sender, the MSS, the MTU."""

from __future__ import annotations

from collectors.model.remedy import Spellers, Spelling
from collectors.model.remedy.filters import ClampMss, PassOnTooBig, PermitTooBig
from collectors.model.remedy.sessions import ForgetPathMtu, SetMtu
from collectors.platforms.linux.remedies.chains import (
    inserted_by_iptables,
    inserted_by_nft,
    spoken_by_nft,
    tool,
)
from collectors.platforms.linux.remedies.quoting import sysctl, word

_PASSES_ON = "net.ipv4.ip_forward_use_pmtu"  # 1 = a learnt size counts for others' packets, too


def permit_too_big(remedy: PermitTooBig) -> Spelling:
    """ICMP type 3 code 4, or ICMPv6 type 2."""
    four, chain = remedy.version == 4, remedy.chain
    if chain is not None and spoken_by_nft(chain):
        match = "icmp type destination-unreachable" if four else "icmpv6 type packet-too-big"
        made = inserted_by_nft(chain, f"{match} accept")
        return Spelling(made.commands, made.rollback, proof=_LEARNT)
    match = (
        "-p icmp --icmp-type fragmentation-needed"
        if four
        else "-p ipv6-icmp --icmpv6-type packet-too-big"
    )
    name = word(chain.name) if chain else "FORWARD"
    made = inserted_by_iptables(tool("", remedy.version), [f"{name} {match} -j ACCEPT"])
    return Spelling(made.commands, made.rollback, proof=_LEARNT)


_LEARNT = "the sender's route cache shows the smaller size, and a large transfer runs to its end"


def pass_on_too_big(remedy: PassOnTooBig) -> Spelling:
    """By a setting, of IPv4 only."""
    return Spelling(
        (sysctl(_PASSES_ON, 1),),
        (sysctl(_PASSES_ON, 0),),
        proof=(
            "a large transfer runs to its end, and the sender's `ip route get` shows the smaller"
            " mtu"
        ),
    )


def clamp_mss(remedy: ClampMss) -> Spelling:
    """In the SYN and in its answer."""
    chain = remedy.chain
    if chain is not None and spoken_by_nft(chain):
        return inserted_by_nft(chain, f"tcp flags syn tcp option maxseg size set {remedy.mss}")
    head = f"{tool(chain.dialect if chain else '', remedy.version)} -t mangle"
    rule = f"FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss {remedy.mss}"
    return inserted_by_iptables(head, [rule])


def set_mtu(remedy: SetMtu) -> Spelling:
    """Of the interface; its other end needs the same."""
    head = f"ip link set dev {word(remedy.interface)} mtu"
    return Spelling((f"{head} {remedy.mtu}",), (f"{head} {remedy.was}",))


def forget_path_mtu(remedy: ForgetPathMtu) -> Spelling:
    """What was learnt is kept with the routes."""
    return Spelling((f"ip -{remedy.version} route flush cache",))


REMEDIES: Spellers = {
    ClampMss: clamp_mss,
    ForgetPathMtu: forget_path_mtu,
    PassOnTooBig: pass_on_too_big,
    PermitTooBig: permit_too_big,
    SetMtu: set_mtu,
}
