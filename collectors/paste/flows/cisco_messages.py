"""The flow of a line of Cisco's systems: ASA and FTD messages, connections, access lists of IOS and
NX-OS."""

from __future__ import annotations

import re

from collectors.model.flow import Flow
from collectors.platforms.flow_ends import (
    IP,
    Missing,
    end,
    is_reply,
    make,
    of,
    slashed,
    toward_server,
)

# %ASA-6-302013: Built outbound TCP connection 11 for outside:203.0.113.10/443 (..) to
# inside:192.0.2.20/43122 (..)
_BUILT = re.compile(
    rf"(?:Built (?P<way>inbound|outbound)|Teardown)(?: \w+)? (?P<proto>TCP|UDP)(?: state-bypass)?"
    rf" connection \S+ for "
    rf"{slashed('src')}(?:\s?\([^)]*\)){{0,3}} to {slashed('dst')}"
)
# %ASA-6-302020: Built outbound ICMP connection for faddr 203.0.113.10/0 gaddr 198.51.100.5/1 laddr
# 10.1.1.21/1
_ICMP = re.compile(
    rf"ICMP connection for faddr (?P<far>{IP})/(?P<id>\d+).*?\bgaddr {IP}/\d+.*?\bladdr"
    rf" (?P<near>{IP})/(?P<own>\d+)"
)
# %ASA-4-106023: Deny tcp src inside:192.0.2.20/43122 dst outside:203.0.113.10/443 by access-group
# "out" [0x0, 0x0]
_SRC_DST = re.compile(
    r"\b(?P<proto>tcp|udp|icmp|protocol"
    rf" \d+)\s+src\s+(?:\S*?:)?(?P<src>{IP})(?:/(?P<srcport>\d+))?(?:\([^)]*\))?"
    rf"\s+dst\s+(?:\S*?:)?(?P<dst>{IP})(?:/(?P<dstport>\d+))?(?P<rest>.*)",
    re.I,
)
# %SEC-6-IPACCESSLOGP: list 101 denied tcp 192.0.2.20(43122) (Gi0/0 ) -> 203.0.113.10(443), 1 packet
# %ASA-6-106100: access-list out denied tcp inside/192.0.2.20(43122) -> outside/203.0.113.10(443)
# hit-cnt 1
_LIST = re.compile(
    rf"\b(?:denied|permitted|deny|permit|est-allowed)\s+(?P<proto>\w+)\s+(?:[\w./-]+/)?(?P<src>{IP})(?:\((?P<srcport>\d+)\))?"
    rf"(?:\s*\([^)]*\)){{0,3}}\s*->\s*(?:[\w./-]+/)?(?P<dst>{IP})(?:\((?P<dstport>\d+)\))?",
    re.I,
)
# Deny TCP (no connection) from 203.0.113.10/443 to 192.0.2.20/43122 flags SYN ACK on interface
# outside
_FROM = re.compile(
    rf"\b(?P<proto>TCP|UDP|ICMP)\b.*?\bfrom\s+{slashed('src')}(?:\([^)]*\))?\s+to\s+{slashed('dst')}(?P<rest>.*)",
    re.I,
)
# %ASA-1-106021: Deny TCP reverse path check from 10.0.0.1 to 10.0.0.2 on interface inside
_PORTLESS = re.compile(
    rf"Deny (?P<proto>\w+) reverse path check from (?P<src>{IP}) to (?P<dst>{IP})"
)
# %ASA-6-305011: Built dynamic TCP translation from inside:10.1.1.1/1234 to outside:203.0.113.5/1234
_TRANSLATION = re.compile(rf"translation from \S*?:(?P<a>{IP}).*? to \S*?:(?P<b>{IP})")
# TCP outside 203.0.113.50:443 inside 10.1.1.21:51234, idle 0:00:12, bytes 0, flags saA
_CONN = re.compile(
    rf"(?P<proto>TCP|UDP) \S+ {end('src')} \S+ {end('dst')},? idle\b(?P<rest>.*)", re.I
)
# %FW-6-DROP_PKT: Dropping tcp session 10.0.0.1:1234 10.0.0.2:80 on zone-pair in-out
_ZONE = re.compile(
    rf"(?P<proto>tcp|udp) (?:session|pkt) {end('src')}\s+(?:=>\s+)?{end('dst')}", re.I
)


def messages(line: str) -> Flow | None:
    """A message of ASA, FTD, IOS or NX-OS."""
    if found := _BUILT.search(line):
        return _built(found)
    if found := _ICMP.search(line):
        return _echo(found)
    if found := _TRANSLATION.search(line):
        raise Missing(
            f"{found['b']} is what {found['a']} is translated to; the other end is not in this line"
        )
    if found := _PORTLESS.search(line):
        return make(found["proto"], found["src"], None, found["dst"], None)
    return _denied(line)


def _built(found: re.Match[str]) -> Flow:
    """The end with the lower security stands first: an inbound connection comes from there."""
    flow = of(found)
    if found["way"] is None:
        return toward_server(flow)
    return flow.reversed() if found["way"] == "outbound" else flow


def _denied(line: str) -> Flow | None:
    if found := _SRC_DST.search(line):
        protocol = found["proto"].lower().removeprefix("protocol ")
        flow = make(protocol, found["src"], found["srcport"], found["dst"], found["dstport"])
        is_echo_reply = re.search(r"\(type (?:0|129),", found["rest"])
        return flow.reversed() if is_echo_reply else toward_server(flow)
    if found := _LIST.search(line) or _ZONE.search(line):
        return toward_server(of(found))
    if found := _FROM.search(line):
        return toward_server(of(found), is_reply(found["rest"]))
    return None


def _echo(found: re.Match[str]) -> Flow:
    """Whoever gave the identifier asks: the other end has 0."""
    inbound = found["id"] != "0" and found["own"] == "0"
    ends = (found["far"], found["near"]) if inbound else (found["near"], found["far"])
    return make("icmp", ends[0], None, ends[1], None)


def connection(line: str) -> Flow | None:
    """A row of `show conn`: the flag B says that the lower side, which stands first, sent the
    SYN."""
    found = _CONN.search(line)
    if not found:
        return None
    flags = re.search(r"\bflags (\S+)", found["rest"])
    if found["proto"].upper() == "UDP" or not flags:
        return toward_server(of(found))
    return of(found) if "B" in flags[1] else of(found).reversed()


READERS = (messages, connection)
