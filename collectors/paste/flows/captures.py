"""The flow of a line of a capture: tcpdump in all its dresses, tshark, Wireshark, a packet filter's
own capture."""

from __future__ import annotations

import re

from collectors.model.flow import Flow
from collectors.platforms.flow_ends import (
    IP,
    V4,
    Missing,
    is_reply,
    letters_reply,
    make,
    toward_server,
)

_ADDRESS = rf"(?:{V4}|(?=[0-9A-Fa-f]*:)[0-9A-Fa-f:]{{1,38}}[0-9A-Fa-f])"
_PORT = r"\d{1,5}|[a-z][a-z0-9-]{0,30}"
# 14:13:01.000001 IP 192.0.2.20.43122 > 203.0.113.10.443: Flags [S], seq 1000, win 64240, length 0
#     100.86.95.53.39282 > 100.94.66.26.443: Flags [S], cksum 0x6a32 (correct), seq 4128420992,
# length 0
# 3.119322 port3 in 10.20.30.40.443 -> 10.0.0.50.55432: syn 3344556677 ack 112233445
_TCPDUMP = re.compile(
    rf"(?<![\w.:])(?P<src>{_ADDRESS})(?:\.(?P<srcport>{_PORT}))?\s-?>\s"
    rf"(?P<dst>{_ADDRESS})(?:\.(?P<dstport>{_PORT}))?: (?P<rest>.*)"
)
_BSD = re.compile(r"(?P<flags>[SFRPUEW.]{1,6})\s(?:\d+:\d+\(\d+\)|ack \d+|win )")
_REFUSED = re.compile(rf"ICMP (?P<dst>{IP}) (?P<proto>tcp|udp) port (?P<port>\S+) unreachable")
_ERROR = re.compile(
    r"ICMP6?,? (?!echo).*(?:unreachable|exceeded|too big|need to frag|prohibited|redirect)"
)


def tcpdump(line: str) -> Flow | None:
    """A packet that tcpdump, pflog or a FortiGate's sniffer printed."""
    found = _TCPDUMP.search(line)
    if not found:
        return None
    rest = found["rest"]
    if rest.startswith("ICMP"):
        return _icmp(found["src"], found["dst"], rest)
    if found["dstport"] is None:
        raise Missing(
            f"the addresses are {found['src']} and {found['dst']}, but the line has no ports"
        )
    flow = make(_kind(rest), found["src"], found["srcport"], found["dst"], found["dstport"])
    return toward_server(flow, _way(rest))


def _kind(rest: str) -> str:
    tcp = rest.startswith(("Flags [", "tcp ", "syn", "ack", "fin", "rst", "psh")) or _BSD.match(
        rest
    )
    return "tcp" if tcp else "udp"


def _way(rest: str) -> bool | None:
    bsd = _BSD.match(rest)
    if bsd and "S" in bsd["flags"]:
        return " ack " in rest[:80]
    return is_reply(rest[:120])


def _icmp(src: str, dst: str, rest: str) -> Flow:
    if refused := _REFUSED.match(rest):
        return make(refused["proto"], dst, None, refused["dst"], refused["port"])
    if _ERROR.match(rest):
        raise Missing(
            f"this is an ICMP error of {src} about a packet of {dst}, whose ports are not in this"
            " line"
        )
    flow = make("icmp", src, None, dst, None)
    return flow.reversed() if "echo reply" in rest else flow


# 12 0.000000 192.0.2.20 → 203.0.113.10 TCP 74 43122 → 443 [SYN] Seq=0 Win=64240
#  2 0.003112       10.45.0.1             192.168.2.19          TCP      74     443 → 51000 [SYN,
# ACK] Seq=0 Ack=1
_LIST = re.compile(
    rf"(?<![\w.:])(?P<src>{IP})\s+(?:(?:→|->)\s+)?(?P<dst>{IP})\s+(?P<proto>[A-Z][\w./-]{{1,20}})\s+\d+\s+(?P<rest>.*)"
)
_PORTS = re.compile(r"(?:\[[^\]]*\]\s*){0,3}(?P<sport>\d{1,5})\s+(?:→|->|>)\s+(?P<dport>\d{1,5})")
_FLAGS = re.compile(r"\[((?:FIN|SYN|RST|PSH|ACK|URG|ECE|ECN|CWR|AE|, )+)\]")


def packet_list(line: str) -> Flow | None:
    """A row of tshark or of Wireshark's packet list."""
    found = _LIST.search(line)
    if not found:
        return None
    kind = found["proto"].upper()
    if kind.startswith("ICMP"):
        return _listed_icmp(found)
    ports = _PORTS.match(found["rest"])
    if not ports:
        names = f"the addresses are {found['src']} and {found['dst']}"
        raise Missing(
            f"{names}, but a {found['proto']} row has no ports; a TCP or UDP row of the same"
            " list has"
        )
    flow = make(
        "udp" if kind in ("UDP", "QUIC") else "tcp",
        found["src"],
        ports["sport"],
        found["dst"],
        ports["dport"],
    )
    flags = _FLAGS.search(found["rest"])
    return toward_server(flow, letters_reply(_letters(flags[1])) if flags else None)


def _letters(words: str) -> str:
    return "".join(word[0] for word in words.split(", ") if word in ("SYN", "ACK"))


def _listed_icmp(found: re.Match[str]) -> Flow:
    if not re.search(r"Echo \(ping\)", found["rest"]):
        raise Missing(
            f"this is an ICMP error about a packet of {found['dst']}, whose ports are not in this"
            " line"
        )
    flow = make("icmp", found["src"], None, found["dst"], None)
    return flow.reversed() if "reply" in found["rest"][:40] else flow


READERS = (tcpdump, packet_list)
