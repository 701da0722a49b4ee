"""The ends, the protocol and the numbers of a packet as tcpdump prints them."""

from __future__ import annotations

import re
from ipaddress import ip_address

from collectors.model.answer import Unparsed
from collectors.model.flow import BadFlow, Flow, Protocol
from collectors.model.services import port_number

_V4 = r"(?:\d{1,3}\.){3}\d{1,3}"
ADDRESS = rf"(?:{_V4}|(?=[0-9a-fA-F]*:)[0-9a-fA-F:]{{1,38}}(?:(?<=:){_V4}|[0-9a-fA-F])|::)"
PORT = r"\d{1,5}|[A-Za-z][\w-]{0,30}"
PAIR = re.compile(
    rf"(?<![\w.:])(?P<src>{ADDRESS})(?:\.(?P<srcport>{PORT}))? >"
    rf" (?P<dst>{ADDRESS})(?:\.(?P<dstport>{PORT}))?: "
)
_WORDS = re.compile(
    r"(?:\[(?:bad )?(?:tcp|udp) (?:sum|cksum)[^\]]*\] |\[no cksum\] )?"
    r"(?:Flags \[|tcp \d|[SFRPUEW.]{1,5} (?:\d+:\d+\(\d+\)|ack \d|win \d))"
)
_NO_FLOW = re.compile(
    r"(?:ESP|AH|GREv?\d?|IP6? |igmp|OSPF|VRRP|CARP|PIM|IPCOMP|ip-proto-|L2TP|EIGRP|sctp|etherip)",
    re.I,
)
# Without -v a fragment that is not the first has no more than this: "IP 10.0.9.53 > 10.0.1.4:
# ip-proto-17"
LATER = re.compile(r"ip-proto-(?P<number>\d{1,3})\s*$")
_NUMBERED = {"1": Protocol.ICMP, "6": Protocol.TCP, "17": Protocol.UDP}


def protocol_of(head: str, after: str, dport: str | None) -> Protocol | None:
    """Which protocol is it, by its header's word, else by what stands behind its ends? None = of no
    flow."""
    named = re.search(r"(?:proto|next-header) (\w+)", head)
    name = named[1].upper() if named else ""
    if name in ("TCP", "UDP"):
        return Protocol(name.lower())
    if _WORDS.match(after) or after.lstrip().startswith("[|tcp"):
        return Protocol.TCP
    if name.startswith("ICMP") or after.startswith("ICMP"):
        return Protocol.ICMP
    if dport is not None:
        return Protocol.UDP
    if found := LATER.match(after):
        return _NUMBERED.get(found["number"])
    if named or _NO_FLOW.match(after):
        return None
    first = after.split(" ")[0].strip(",|[]")
    return Protocol(first) if first in ("tcp", "udp") else None


def flow_of(kind: Protocol, src: str, sport: str | None, dst: str, dport: str | None) -> Flow:
    """The flow between these ends as they are written; ports may have names. Raises Unparsed."""
    ports = [_port(port, kind) for port in (sport, dport)]
    try:
        return Flow(kind, ip_address(src), ports[0], ip_address(dst), ports[1])
    except (BadFlow, ValueError) as why:
        raise Unparsed(f"{src} > {dst}") from why


def _port(port: str | None, kind: Protocol) -> int | None:
    if port is None or kind is Protocol.ICMP:
        return None
    found = port_number(port)
    if found is None:
        raise Unparsed(port)
    return found or None


def number(pattern: str, text: str) -> int | None:
    """The number that the pattern finds first; None where there is none, or one beyond measure."""
    found = re.search(pattern, text)
    if found is None:
        return None
    digits = next(filter(None, found.groups()), "")
    return int(digits) if 0 < len(digits) < 12 else None
