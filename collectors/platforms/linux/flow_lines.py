"""The flow of a line that Linux, or a tool of it, wrote."""

from __future__ import annotations

import re

from collectors.model.flow import Flow
from collectors.platforms.flow_ends import IP, Missing, end, is_reply, make, of, toward_server

# [UFW BLOCK] IN=eth2 OUT= MAC=.. SRC=203.0.113.10 DST=192.0.2.20 LEN=60 PROTO=TCP SPT=443 DPT=43122
# ACK SYN URGP=0
_NETFILTER = re.compile(r"\b(SRC|DST|PROTO|SPT|DPT|TYPE)=(\S+)")


def netfilter(line: str) -> Flow | None:
    """LOG, TRACE and nft's log: all write the same words. `ACK=0` is a number, ` ACK ` is a
    flag."""
    if "SRC=" not in line or "DST=" not in line:
        return None
    outer = re.sub(r"\[(?=SRC=).*", "", line)  # an ICMP error's quoted packet must not speak for it
    fields = dict(_NETFILTER.findall(outer))
    flow = make(
        fields.get("PROTO"), fields["SRC"], fields.get("SPT"), fields["DST"], fields.get("DPT")
    )
    if "ICMP" in fields.get("PROTO", ""):
        return flow.reversed() if fields.get("TYPE") in ("0", "129") else flow
    flags = set(re.findall(r"(?<=\s)(SYN|ACK|RST|FIN)(?=\s|$)", outer))
    return toward_server(flow, "ACK" in flags if "SYN" in flags else None)


# tcp      6 118 SYN_SENT src=192.0.2.20 dst=203.0.113.10 sport=43122 dport=443 [UNREPLIED]
# src=203.0.113.10 ...
_CONNTRACK = re.compile(
    rf"\b(?P<proto>tcp|udp|icmp|icmpv6|ipv6-icmp)\s+\d+\b.*?\bsrc=(?P<src>{IP})\s+dst=(?P<dst>{IP})"
    r"(?:\s+sport=(?P<srcport>\d+)\s+dport=(?P<dstport>\d+))?"
)


def conntrack(line: str) -> Flow | None:
    """A tracked connection is reported as its first packet came."""
    found = _CONNTRACK.search(line)
    return of(found) if found else None


# tcp   SYN-SENT 0  1  192.0.2.20:43122  203.0.113.10:443 / ss without Netid / netstat: tcp 0 1 a:p
# b:p SYN_SENT
_STATES = (
    r"ESTAB(?:LISHED)?|SYN[-_]SENT|SYN[-_]RECV|SYN[-_]RCVD|SYN_RECEIVED|FIN[-_]WAIT[-_]?[12]|TIME[-_]WAIT"
    r"|CLOSE[-_]WAIT|LAST[-_]ACK|CLOSING|UNCONN|CLOSED?"
)
_SS = re.compile(
    rf"(?:(?P<proto>tcp|udp)(?:4|6|46)?\s+)?(?:(?P<state>{_STATES})\s+)?(?:\d+\s+\d+\s+)?"
    rf"{end('src')}\s+{end('dst')}(?:\s+(?P<after>{_STATES}))?",
    re.I,
)


def sockets(line: str) -> Flow | None:
    """ss, netstat of Linux, BSD and Windows: the local end stands first."""
    found = _SS.match(line)
    if found is None:
        return None
    state = found["state"] or found["after"] or ""
    if not state and not found["proto"]:
        return None
    return toward_server(of(found), _accepted(state.upper().replace("_", "-")))


def _accepted(state: str) -> bool | None:
    """Did this end take the connection? None = the state does not say."""
    if state.startswith("SYN-R"):
        return True
    return False if state == "SYN-SENT" else None


# trace id 6c1f0a2e ip raw PREROUTING packet: iif "eth0" ip saddr 10.0.2.55 ip daddr 172.20.0.10 tcp
# sport 40112 ...
_NFT = re.compile(
    rf"\bip6? saddr (?P<src>{IP}) ip6? daddr (?P<dst>{IP})\b.*?\b(?P<proto>tcp|udp) sport"
    r" (?P<srcport>\d+) "
    r"(?:tcp |udp )?dport (?P<dstport>\d+)"
)


def nft_trace(line: str) -> Flow | None:
    """A packet of `nft monitor trace`."""
    found = _NFT.search(line)
    if not found:
        return None
    flags = re.search(r"tcp flags (?:== )?([\w|(), ]{1,40}?)(?= tcp | ip |$)", line)
    return toward_server(of(found), is_reply(flags[1]) if flags else None)


# TCP 00:58  SYN_RECV    192.168.10.193:45346 192.168.10.152:8000 100.64.8.102:8000
_IPVS = re.compile(
    rf"(?:IPVS:?\s+)?(?P<proto>TCP|UDP)\s+\d\d:\d\d\s+[A-Z_]+\s+{end('src')}\s+{end('dst')}\s+\[?{IP}",
    re.I,
)


def ipvs(line: str) -> Flow | None:
    """A connection of `ipvsadm -Lnc`: client, virtual address, real server."""
    found = _IPVS.match(line)
    return of(found) if found else None


# IPv4: martian source 100.96.236.156 from 10.0.0.41, on dev eth1: the destination stands first
_MARTIAN = re.compile(rf"martian (?:source|destination) (?P<dst>{IP}) from (?P<src>{IP})")


def martian(line: str) -> Flow | None:
    """The kernel names both addresses of a martian and none of its ports."""
    found = _MARTIAN.search(line)
    if not found:
        return None
    packet = f"a packet from {found['src']} to {found['dst']}"
    raise Missing(f"this is {packet}, refused for its addresses; its ports are not in this line")


READERS = (netfilter, conntrack, nft_trace, ipvs, martian, sockets)
