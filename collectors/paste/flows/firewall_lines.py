"""The flow of a line of a firewall that is no platform yet: FortiGate, Palo Alto, Juniper, Check Point,
MikroTik, F5 and others."""

from __future__ import annotations

import re

from collectors.model.flow import Flow
from collectors.platforms.flow_ends import (
    IP,
    Missing,
    end,
    is_reply,
    letters_reply,
    make,
    of,
    slashed,
    toward_server,
)


# 1,2024/02/04
# 14:12:59,0011,TRAFFIC,drop,2305,...,192.0.2.20,203.0.113.10,0.0.0.0,...,43122,443,...,tcp,deny
def palo_alto(line: str) -> Flow | None:
    """A traffic log of PAN-OS as it is sent by syslog."""
    fields = line.split(",")
    if len(fields) < 30 or "TRAFFIC" not in fields[:6]:
        return None
    at = fields.index("TRAFFIC")
    return toward_server(
        make(fields[at + 26], fields[at + 4], fields[at + 21], fields[at + 5], fields[at + 22])
    )


# 12345 web-browsing ACTIVE FLOW NS 10.1.1.9[51234]/trust/6 (203.0.113.5[3456])
_PAN_SESSION = re.compile(rf"(?P<ip>{IP})\[(?P<port>\d+)\]/[\w-]+(?:/\d+)?\s*\(")


def pan_session(line: str) -> Flow | None:
    """One row of `show session all` holds one end and its translation; the other end is in the next
    row."""
    found = _PAN_SESSION.search(line)
    if not found or "->" in line:
        return None
    raise Missing(
        f"this row holds one end ({found['ip']}) and its translation; the other end is in the row"
        " beside it"
    )


# RT_FLOW_SESSION_DENY: session denied 192.0.2.20/43122->203.0.113.10/443 0x0 junos-https 6(0)
# policy trust untrust
_RT_FLOW = re.compile(
    r"session (?:created|denied|closed)[^/]{0,80}?"
    rf" {slashed('src')}->{slashed('dst')}(?P<more>.*)"
)
#   In: 198.51.100.115/1021 --> 203.0.113.20/515;tcp, If: reth2.1, Pkts: 1, Bytes: 60
_WING = re.compile(rf"\b(?P<wing>In|Out): {slashed('src')} --> {slashed('dst')};(?P<proto>\w+)")
# find flow: table 0x5115c900, hash 880(0xffff), sa 10.70.50.201, da 198.51.100.115, sp 515, dp
# 1021, proto 6, tok 9
_FIND = re.compile(
    rf"\bsa (?P<src>{IP}), da (?P<dst>{IP}), sp (?P<srcport>\d+), dp (?P<dstport>\d+), proto"
    r" (?P<proto>\d+)"
)
# reth1.1:10.70.50.201/515->198.51.100.115/1021, tcp, flag 12 syn ack
_TRACED = re.compile(rf"{slashed('src')}->{slashed('dst')},? (?P<proto>tcp|udp)\b(?P<rest>.*)")


def juniper(line: str) -> Flow | None:
    """Session logs, sessions and flow traces of SRX."""
    if found := _RT_FLOW.search(line):
        number = re.search(r"\s(6|17|1)(?:\(\d+\))?\s", found["more"])
        return make(
            number[1] if number else "tcp",
            found["src"],
            found["srcport"],
            found["dst"],
            found["dstport"],
        )
    if found := _WING.search(line):
        return of(found) if found["wing"] == "In" else of(found).reversed()
    if found := _FIND.search(line):
        return toward_server(of(found))
    if found := _TRACED.search(line):
        return toward_server(of(found), is_reply(found["rest"]))
    return None


# received a packet(proto=6, 10.0.0.50:55432->10.20.30.40:443) from port2. flag [.], seq 112233445
# fw_log_drop_ex: Packet proto=6 10.67.9.30:8403 -> 10.66.4.18:50912 dropped by handle_spoofed_susp
_PROTO = re.compile(
    rf"\bpacket\s*\(?proto=(?P<proto>\d+),? {end('src')}\s*->\s*{end('dst')}(?P<rest>.*)", re.I
)


def traced(line: str) -> Flow | None:
    """FortiGate's debug flow, Check Point's kernel debug."""
    found = _PROTO.search(line)
    return toward_server(of(found), is_reply(found["rest"])) if found else None


#   0  C s  tcp  10.5.0.20:51000  192.168.88.10:443  syn-sent  4s
_ROUTEROS = re.compile(
    rf"\s*\d+\s+[A-Za-z ]{{0,12}}\s(?P<proto>tcp|udp|icmp)\s+{end('src')}\s+{end('dst')}"
)


def routeros(line: str) -> Flow | None:
    """A tracked connection of RouterOS, as its first packet came."""
    found = _ROUTEROS.match(line)
    return of(found) if found else None


# 10.14.10.100:49931  10.14.20.60:80  10.14.10.100:49931  10.14.20.202:80  tcp  5  (tmm: 0)  none
# none
_BIGIP = re.compile(
    rf"{end('src')}\s+{end('dst')}\s+\S+\s+\S+\s+(?P<proto>tcp|udp)\s+\d+\s+\(tmm", re.I
)


def bigip(line: str) -> Flow | None:
    """A connection of an F5: the client's side stands first."""
    found = _BIGIP.search(line)
    return of(found) if found else None


# 2024-05-01 10:11:12 DROP TCP 192.168.1.20 192.168.1.30 51000 445 52 S 1234 0 65535 - - - RECEIVE
# 2 123456789010 eni-1235b8ca 192.0.2.20 203.0.113.10 43122 443 6 20 4249 1418530010 1418530070
# REJECT OK
# Deny 10.0.0.50 203.0.113.10 https/tcp 55432 443 1-Trusted 0-External Denied 52 127
# fpc0 PFE_FW_SYSLOG_IP: FW: ge-0/0/1.0 D tcp 10.0.0.50 10.20.30.40 55432 443 (1 packets)
_COLUMNS = re.compile(
    rf"(?P<before>.{{0,400}}?)(?<![\w.:])(?P<src>{IP})\s+(?P<dst>{IP})\s+(?:[\w.-]+/(?P<service>tcp|udp|icmp)\s+)?"
    r"(?P<sport>\d{1,5})\s+(?P<dport>\d{1,5})(?P<after>(?:\s.*)?)$"
)


def columns(line: str) -> Flow | None:
    """Two addresses, then two ports: Windows, WatchGuard, Junos filters, flow logs of AWS."""
    found = _COLUMNS.match(line)
    if not found:
        return None
    kind = found["service"] or _protocol_of(found["before"], found["after"])
    flow = make(kind, found["src"], found["sport"], found["dst"], found["dport"])
    flags = re.match(r"\s\d+\s([SAFRPU]{1,6})\s", found["after"])
    return toward_server(flow, letters_reply(flags[1]) if flags else None)


def _protocol_of(before: str, after: str) -> str:
    """By its number behind the ports, else by its name in front of the addresses."""
    if number := re.match(r"\s(\d{1,3})\s+\d+\s+\d+\s+\d+\s+\d+\s", after):
        return number[1]
    word = re.search(r"\b(tcp|udp|icmp)\b", before, re.I)
    return word[1] if word else "tcp"


READERS = (palo_alto, pan_session, juniper, traced, routeros, bigip, columns)
