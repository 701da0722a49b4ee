"""Which flow is this line about? Lines pasted from anywhere: captures, state tables, sockets, firewall logs, notes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from ipaddress import ip_address

from collectors.model.flow import BadFlow, Flow
from collectors.model.pasted_output import (
    command_line,
    outputs,
    recognise_output,
    typed_command,
    without_prompts,
)

__all__ = ["command_line", "outputs", "recognise", "recognise_output", "typed_command", "without_prompts"]

LONGEST = 4000  # characters that are looked at

_V4 = r"(?:\d{1,3}\.){3}\d{1,3}"
_V6 = r"(?:[0-9A-Fa-f]{0,4}:){2,7}(?:" + _V4 + r"|[0-9A-Fa-f]{0,4})"
_IP = rf"(?:{_V4}|{_V6})"

_NUMBERS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmp"}
_WELL_KNOWN = 1024
_EPHEMERAL = 32768


def recognise(text: str) -> Flow:
    """The flow of the first line that tells one, from its client to its server. Raises BadFlow with a sentence."""
    lines = [line.strip() for line in text[:LONGEST].splitlines() if line.strip()]
    if not lines:
        raise BadFlow("there is no text to read a flow from")
    try:
        return Flow.parse(lines[0])
    except BadFlow as first:
        problem = first
    for line in lines[:50]:
        if flow := _of_line(line):
            return flow
    raise BadFlow(_why_not(lines[0], str(problem)))


def _of_line(line: str) -> Flow | None:
    for reader in _READERS:
        try:
            found = reader(line)
        except (ValueError, KeyError, IndexError):  # BadFlow is a ValueError
            continue
        if found:
            return found
    return None


def _why_not(line: str, otherwise: str) -> str:
    addresses = list(dict.fromkeys(_addresses(line)))
    if len(addresses) == 1:
        return f"only one address ({addresses[0]}) is in this line; a flow needs the client's and the server's"
    if not addresses and re.search(r"[A-Za-z0-9-]+\.[A-Za-z]{2,}(?::\d+)?\b", line):
        return "there is no IP address in this line; names are not looked up, write the addresses"
    return otherwise


def _addresses(line: str) -> Iterator[str]:
    for word in re.findall(_IP, line):
        try:
            yield str(ip_address(word))
        except ValueError:
            continue


def _protocol(text: str | None, otherwise: str = "tcp") -> str:
    name = (text or otherwise).lower().strip('"')
    return _NUMBERS.get(name, name)


def _flow(protocol: str | None, src: str, sport: str | None, dst: str, dport: str | None) -> Flow:
    kind = _protocol(protocol)
    if kind.startswith(("icmp", "ipv6-icmp")):
        return Flow.build("icmp", src, None, dst, None)
    ports = [None if port in (None, "", "0", "*") else port for port in (sport, dport)]
    return Flow.build(kind, src.partition("%")[0], ports[0], dst.partition("%")[0], ports[1])


def _toward_server(flow: Flow, reply: bool | None = None) -> Flow:
    """As the client sent it: a reply is turned round; where the line does not say, the ports tell."""
    if reply is None and flow.sport and flow.dport:
        reply = flow.sport < _WELL_KNOWN <= flow.dport or flow.sport < _EPHEMERAL <= flow.dport
    return flow.reversed() if reply and flow.sport is not None else flow


# --- one reader per kind of line; each begins with a real sample ---

# [UFW BLOCK] IN=eth2 OUT= MAC=.. SRC=203.0.113.10 DST=192.0.2.20 LEN=60 PROTO=TCP SPT=443 DPT=43122 ACK SYN URGP=0
_NETFILTER = re.compile(r"\b(SRC|DST|PROTO|SPT|DPT)=(\S+)")


def _netfilter(line: str) -> Flow | None:
    if "SRC=" not in line or "DST=" not in line:
        return None
    outer = re.sub(r"\[(?=SRC=).*", "", line)  # an ICMP error's quoted packet must not speak for it
    fields = dict(_NETFILTER.findall(outer))
    flow = _flow(fields.get("PROTO"), fields["SRC"], fields.get("SPT"), fields["DST"], fields.get("DPT"))
    flags = set(re.findall(r"\b(SYN|ACK|RST|FIN)\b", outer))
    known = "ACK" in flags if "SYN" in flags else None
    return _toward_server(flow, known)


# tcp      6 118 SYN_SENT src=192.0.2.20 dst=203.0.113.10 sport=43122 dport=443 [UNREPLIED] src=203.0.113.10 ...
_CONNTRACK = re.compile(
    rf"\b(?P<proto>tcp|udp|icmp|icmpv6|ipv6-icmp)\s+\d+\b.*?\bsrc=(?P<src>{_IP})\s+dst=(?P<dst>{_IP})"
    r"(?:\s+sport=(?P<sport>\d+)\s+dport=(?P<dport>\d+))?"
)


def _conntrack(line: str) -> Flow | None:
    found = _CONNTRACK.search(line)
    return _flow(found["proto"], found["src"], found["sport"], found["dst"], found["dport"]) if found else None


# 14:13:01.000001 IP 192.0.2.20.43122 > 203.0.113.10.443: Flags [S], seq 1000, win 64240, length 0
_TCPDUMP = re.compile(
    rf"\bIP6?\b.*?\s(?P<src>{_V4}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*?)(?:\.(?P<sport>\d{{1,5}}))?\s>\s"
    rf"(?P<dst>{_V4}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*?)(?:\.(?P<dport>\d{{1,5}}))?: (?P<rest>.*)"
)


def _tcpdump(line: str) -> Flow | None:
    found = _TCPDUMP.search(f" {line}")
    if not found:
        return None
    rest = found["rest"]
    flags = re.match(r"Flags \[([^\]]*)\]", rest)
    if rest.startswith("ICMP") or found["dport"] is None:
        icmp = _flow("icmp", found["src"], None, found["dst"], None)
        return icmp.reversed() if "echo reply" in rest else icmp
    kind = "tcp" if flags else "udp"
    flow = _flow(kind, found["src"], found["sport"], found["dst"], found["dport"])
    known = {"S": False, "S.": True}.get(flags[1]) if flags else None
    return _toward_server(flow, known)


# 12 0.000000 192.0.2.20 → 203.0.113.10 TCP 74 43122 → 443 [SYN] Seq=0 Win=64240
_TSHARK = re.compile(
    rf"(?P<src>{_IP})\s+(?:→|->)\s+(?P<dst>{_IP})\s+(?P<proto>TCP|UDP|ICMPv?6?|TLS\S*|DNS|HTTP)\s+\d+\s+"
    r"(?:(?P<sport>\d+)\s+(?:→|->)\s+(?P<dport>\d+))?(?P<rest>.*)"
)


def _tshark(line: str) -> Flow | None:
    found = _TSHARK.search(line)
    if not found:
        return None
    flow = _flow(found["proto"], found["src"], found["sport"], found["dst"], found["dport"])
    return _toward_server(
        flow, {"[SYN]": False, "[SYN, ACK]": True}.get((found["rest"].strip() + " ").split("] ")[0] + "]")
    )


# tcp   SYN-SENT 0  1  192.0.2.20:43122  203.0.113.10:443 / ss without Netid / netstat: tcp 0 1 a:p b:p SYN_SENT
_SOCKET_STATES = (
    r"ESTAB(?:LISHED)?|SYN[-_]SENT|SYN[-_]RECV|SYN[-_]RCVD|FIN[-_]WAIT[-_]?[12]|TIME[-_]WAIT|CLOSE[-_]WAIT|LAST[-_]ACK"
    r"|CLOSING|UNCONN|CLOSED?"
)


def _endpoint(name: str) -> str:
    return rf"\[?(?P<{name}>{_IP})(?:%[\w.-]+)?\]?(?:%[\w.-]+)?[:.](?P<{name}port>\d{{1,5}})"


_SS = re.compile(
    rf"(?:(?P<proto>tcp|udp)[46]?\s+)?(?:(?P<state>{_SOCKET_STATES})\s+)?\d+\s+\d+\s+"
    rf"{_endpoint('src')}\s+{_endpoint('dst')}(?:\s+(?P<after>{_SOCKET_STATES}))?",
    re.I,
)


def _sockets(line: str) -> Flow | None:
    found = _SS.match(line)
    if not found:
        return None
    flow = _flow(found["proto"], found["src"], found["srcport"], found["dst"], found["dstport"])
    state = (found["state"] or found["after"] or "").upper().replace("_", "-")
    known = True if state in ("SYN-RECV", "SYN-RCVD") else False if state == "SYN-SENT" else None
    return _toward_server(flow, known)


# %ASA-6-106015: Deny TCP (no connection) from 203.0.113.10/443 to 192.0.2.20/43122 flags SYN ACK on interface outside
_ASA_FROM = re.compile(
    rf"\b(?P<proto>TCP|UDP|ICMP)\b.*?\bfrom\s+(?:\S+:)?(?P<src>{_IP})/(?P<sport>\d+)\s+to\s+(?:\S+:)?(?P<dst>{_IP})/(?P<dport>\d+)"
    r"(?:.*?\bflags (?P<flags>[A-Z ]+?)(?:\s+on\b|$))?",
    re.I,
)
# %ASA-6-302013: Built outbound TCP connection 11 for outside:203.0.113.10/443 (..) to inside:192.0.2.20/43122 (..)
_ASA_BUILT = re.compile(
    rf"(?:Built (?P<way>inbound|outbound)|Teardown)(?: \w+)? (?P<proto>TCP|UDP) connection \d+ for \S*?:"
    rf"(?P<src>{_IP})/(?P<sport>\d+)"
    rf"(?: \([^)]*\))*(?:\([^)]*\))* to \S*?:(?P<dst>{_IP})/(?P<dport>\d+)"
)
# %ASA-4-106023: Deny tcp src inside:192.0.2.20/43122 dst outside:203.0.113.10/443 by access-group "out" [0x0, 0x0]
_ASA_SRC = re.compile(
    rf"\b(?P<proto>tcp|udp|icmp)\s+src\s+\S*?:(?P<src>{_IP})(?:/(?P<sport>\d+))?(?:\([^)]*\))?\s+dst\s+\S*?:(?P<dst>{_IP})(?:/(?P<dport>\d+))?",
    re.I,
)
# %SEC-6-IPACCESSLOGP: list 101 denied tcp 192.0.2.20(43122) (Gi0/0 ) -> 203.0.113.10(443), 1 packet
# %ASA-6-106100: access-list out denied tcp inside/192.0.2.20(43122) -> outside/203.0.113.10(443) hit-cnt 1
_ACL = re.compile(
    rf"\b(?:denied|permitted|deny|permit|est-allowed)\s+(?P<proto>\w+)\s+(?:[\w./-]+/)?(?P<src>{_IP})(?:\((?P<sport>\d+)\))?"
    rf"(?:\s*\([^)]*\))*\s*->\s*(?:[\w./-]+/)?(?P<dst>{_IP})(?:\((?P<dport>\d+)\))?",
    re.I,
)


def _asa(line: str) -> Flow | None:
    if found := _ASA_BUILT.search(line):
        flow = _of(found)
        known = {"inbound": False, "outbound": True}.get(found["way"] or "")
        return flow.reversed() if known else flow if known is False else _toward_server(flow)
    if found := _ASA_SRC.search(line):
        return _of(found)
    if found := _ACL.search(line):
        return _toward_server(_of(found))
    if found := _ASA_FROM.search(line):
        flags = (found["flags"] or "").split()
        return _toward_server(_of(found), "ACK" in flags if "SYN" in flags else None)
    return None


def _of(found: re.Match[str]) -> Flow:
    return _flow(found["proto"], found["src"], found["sport"], found["dst"], found["dport"])


# 2 123456789010 eni-1235b8ca 192.0.2.20 203.0.113.10 43122 443 6 20 4249 1418530010 1418530070 REJECT OK
_VPC = re.compile(
    rf"\d+\s+\d+\s+eni-\w+\s+(?P<src>{_IP})\s+(?P<dst>{_IP})\s+(?P<sport>\d+)\s+(?P<dport>\d+)\s+(?P<proto>\d+)\s"
)


def _vpc(line: str) -> Flow | None:
    found = _VPC.search(line)
    return _toward_server(_of(found)) if found else None


# filterlog[58466]: 5,,,1000000103,igb0,match,block,in,4,0x0,,64,0,0,DF,6,tcp,60,192.0.2.20,203.0.113.10,43122,443,0,S
def _filterlog(line: str) -> Flow | None:
    found = re.search(r"filterlog(?:\[\d+\])?:\s*(\S.*)", line)
    if not found:
        return None
    fields = found[1].split(",")
    name, start = (fields[16], 18) if fields[8] == "4" else (fields[12], 15)
    src, dst, *ports = fields[start : start + 4]
    if name.lower() not in ("tcp", "udp"):
        return _flow("icmp", src, None, dst, None)
    flags = fields[start + 5] if len(fields) > start + 5 else ""
    return _toward_server(_flow(name, src, ports[0], dst, ports[1]), {"S": False, "SA": True}.get(flags))


# 1,2024/02/04 14:12:59,0011,TRAFFIC,drop,2305,...,192.0.2.20,203.0.113.10,0.0.0.0,...,43122,443,...,tcp,deny
def _palo_alto(line: str) -> Flow | None:
    fields = line.split(",")
    if len(fields) < 30 or "TRAFFIC" not in fields[:6]:
        return None
    at = fields.index("TRAFFIC")
    return _toward_server(_flow(fields[at + 26], fields[at + 4], fields[at + 21], fields[at + 5], fields[at + 22]))


# srcip=192.0.2.20 srcport=43122 dstip=203.0.113.10 dstport=443 proto=6 / {"src_ip":"..","dest_port":443,"proto":"TCP"}
_PAIR = re.compile(r"[\"']?([A-Za-z][\w.-]*)[\"']?\s*[=:]\s*[\"']?([^\s,;\"'}\]]+)")
_KEYS = {
    "src": "src srcip src_ip source source_ip sourceip source-address sourceaddress saddr srcaddr src_addr client"
    " client_ip clientip orig_h id.orig_h local_address",
    "sport": "sport srcport src_port source_port source-port sourceport s_port spt client_port id.orig_p srcpt",
    "dst": "dst dstip dst_ip dest dest_ip destip destination destination_ip destination-address destinationaddress"
    " daddr dstaddr dst_addr server server_ip id.resp_h",
    "dport": "dport dstport dst_port dest_port destination_port destination-port destinationport d_port dpt"
    " server_port id.resp_p service svc",
    "proto": "proto protocol protocol-id protocol_id ipproto transport ip_protocol l4proto",
}
_WORDS = {word: field for field, words in _KEYS.items() for word in words.split()}


def _pairs(line: str) -> Flow | None:
    fields: dict[str, str] = {}
    for name, value in _PAIR.findall(line):
        field = _WORDS.get(name.lower())
        if field and field not in fields:
            fields[field] = value
    if "src" not in fields or "dst" not in fields:
        return None
    return _toward_server(
        _flow(fields.get("proto"), fields["src"], fields.get("sport"), fields["dst"], fields.get("dport"))
    )


# RT_FLOW_SESSION_CREATE: session created 192.0.2.20/43122->203.0.113.10/443 0x0 junos-https .. 6 ..
# Connection from 192.0.2.20 port 43122 to 203.0.113.10 port 443 / client 192.0.2.20:43122, server: https://203.0.113.10/
_ANY = re.compile(
    rf"(?:\[(?P<six>{_V6})\]|(?<![\w.])(?P<ip>{_V4}|{_V6})(?![\w]))"
    r"(?:(?:\s+port\s+|\s*[:/#]|\s*\()(?P<port>\*|\d{1,5})\b\)?)?"
)
_SCHEMES = {"https": "443", "http": "80", "ssh": "22", "ftp": "21", "ldap": "389", "ldaps": "636", "dns": "53"}
_URL = re.compile(
    rf"\b(?P<scheme>[a-z]{{2,6}})://(?:[^\s/@]*@)?(?P<host>\[{_V6}\]|{_V4})(?::(?P<port>\d+))?[^\s]*", re.I
)


def _anything(line: str) -> Flow | None:
    """The first two addresses with what looks like their ports."""
    plain = _URL.sub(lambda u: f"{u['host']}:{u['port'] or _SCHEMES.get(u['scheme'].lower(), '0')} ", line)
    ends = [(found["six"] or found["ip"], found["port"]) for found in _ANY.finditer(plain)]
    valid = [end for end in ends if _valid(end[0])]
    if len(valid) < 2:
        return None
    kind = re.search(r"\b(tcp|udp|icmp)", line, re.I)
    arrow = re.search(r"->|=>|→|>", plain)
    flow = _flow(kind[1] if kind else None, *valid[0], *valid[1])
    return flow if arrow else _toward_server(flow)


def _valid(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


_READERS: tuple[Callable[[str], Flow | None], ...] = (
    _netfilter, _conntrack, _tcpdump, _tshark, _sockets, _asa, _vpc, _filterlog, _palo_alto, _pairs, _anything,
)  # fmt: skip
