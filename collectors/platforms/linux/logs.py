"""What the firewall wrote about packets: the kernel's log by the journal or dmesg, as JSON or
text."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_address
from itertools import zip_longest

from collectors.model.answer import Output, ParseResult, Unparsed
from collectors.model.evidence import QueryParams
from collectors.model.flow import BadFlow, Flow, Protocol
from collectors.model.records import LogLine, LogPlace
from collectors.model.words import FLOODED, TABLE_FULL
from collectors.platforms.linux import foreign_logs, nft_trace
from collectors.platforms.linux.shell import script
from collectors.platforms.reading import each, harmless, lines_of, text_of

_FILES = (
    "/var/log/kern.log /var/log/syslog /var/log/messages /var/log/ufw.log /var/log/firewalld"
    " /var/log/iptables.log /var/log/firewall.log /var/log/netfilter.log /var/log/logemu.log"
    " /var/log/ulog/*.log /var/log/ulog/*.json /var/log/ulogd*.log /var/log/ulogd*.json"
)
_JOURNAL = (
    "journalctl -k -o json -n 4000 --no-pager -q --output-fields=MESSAGE,_SOURCE_REALTIME_TIMESTAMP"
    " 2>/dev/null"
)
READ, CLOSED = "log-read", "log-closed"  # what the script says of each place that it looked at


def ask_logs(params: QueryParams) -> str:
    """The newest packet lines: the journal's, else the kernel's own, and those of well-known
    files."""
    keep = (
        'grep -a -E "(IN=.* OUT=|martian|ll header|SRC=.*DST=|nf_ct_|table full|src_ip.*dest_ip)"'
    )
    kernel = (
        f'if test -n "$(journalctl -k -n 1 -o cat --no-pager -q 2>/dev/null)"; then echo {READ}'
        f" journal; {_JOURNAL} | {keep} | tail -n 1000; elif dmesg >/dev/null 2>&1; then echo"
        f" {READ} dmesg; dmesg --time-format iso 2>/dev/null | {keep} | tail -n 1000; else echo"
        f" {CLOSED} journal and dmesg; fi"
    )
    files = (
        f"for f in {_FILES}; do if test -r $f; then echo {READ} $f; "
        f"tail -n 4000 $f | {keep} | tail -n 500; elif test -e $f; then echo {CLOSED} $f; fi; done"
    )
    return script(f"{kernel}; {files}; true")


def read_logs(output: Output, params: QueryParams) -> ParseResult:
    """Entries of the journal and of ulogd as JSON, or lines of syslog, dmesg and ulogd; and which
    logs were read."""
    text = text_of(output.stdout)
    if nft_trace.is_trace(text):
        return nft_trace.read_trace(lines_of(text))
    reading = each(_without_arp(lines_of(text)), _line)
    places = [one for one in reading.records if isinstance(one, LogPlace)]
    if places and not any(one.readable for one in places) and len(places) == len(reading.records):
        return ParseResult(
            refused=f"none of its logs may be read: {', '.join(one.name for one in places)}"
        )
    return reading


# ll header: 00000000: ff ff ff ff ff ff 02 00 00 00 00 01 08 06: the frame of the martian in the
# line before was ARP
_ARP_FRAME = re.compile(r"ll header: (?:[0-9a-f]{8}: )?(?:[0-9a-f]{2}[ :]){12}08[ :]06\b")


def _without_arp(lines: list[str]) -> list[str]:
    """A martian that asks for a neighbour is no packet of a flow."""
    kept: list[str] = []
    for line, after in zip_longest(lines, lines[1:], fillvalue=""):
        of_arp = "ll header" in after and _ARP_FRAME.search(after)
        if not of_arp or "martian" not in line:
            kept.append(line)
    return kept


def _line(line: str) -> LogLine | LogPlace | None:
    if place := re.fullmatch(rf"({READ}|{CLOSED}) ([\w/.* -]{{1,200}})", line):
        return LogPlace(place[2], place[1] == READ)
    if line.startswith("{"):
        entry = json.loads(harmless(line))
        return _ulogd(entry, line) if "src_ip" in entry else _journal(entry)
    return log_line(line)


def _journal(entry: dict[str, object]) -> LogLine | None:
    message = entry.get("MESSAGE")
    if isinstance(message, list):  # the journal writes what is not UTF-8 as a list of bytes
        message = text_of(bytes(message))
    stamp = entry.get("_SOURCE_REALTIME_TIMESTAMP") or entry.get("__REALTIME_TIMESTAMP")
    return log_line(str(message), int(str(stamp)) / 1e6 if stamp else None)


# {"timestamp": "2026-11-22T15:10:14.123456+0000", "oob.prefix": "deny ", "oob.in": "eth0",
# "src_ip": "192.0.2.20", ..}
def _ulogd(entry: dict[str, object], line: str) -> LogLine:
    words = {
        "SRC": "src_ip",
        "DST": "dest_ip",
        "PROTO": "ip.protocol",
        "SPT": "src_port",
        "DPT": "dest_port",
    }
    packet = " ".join(
        f"{name}={entry[key]}" for name, key in words.items() if entry.get(key) is not None
    )
    flags = "".join(letter for name, letter in _FLAGS.items() if entry.get(f"tcp.{name.lower()}"))
    text = {
        key: str(entry.get(key) or "")
        for key in ("oob.prefix", "oob.in", "oob.out", "mac.daddr.str")
    }
    return LogLine(
        _iso(str(entry.get("timestamp"))),
        text["oob.prefix"].strip(),
        text["oob.in"] or None,
        text["oob.out"] or None,
        flow_of(packet),
        flags.replace(".", "") + ("." if "." in flags else ""),
        line[:1000],
        text["mac.daddr.str"].lower() or None,
    )


# Feb 04 14:12:59 fw1 kernel: [UFW BLOCK] IN=eth2 OUT= SRC=... / 2024-02-04T14:12:59,122334+00:00
# [UFW BLOCK] IN=
# Nov 22 15:10:14 fw1 deny IN=eth2 ... (ulogd: no program's name) / Nov 22 15:10:14 fw1 ulogd[77]:
# deny IN=
# [Mon Nov 30 02:13:11 2026] drop: IN= (dmesg -T) / Mon Nov 30 02:13:11 2026 kern.warn kernel:
# [812331.1] drop: IN=
_STAMP = re.compile(
    r"^(?:<\d+>)?(?:"
    r"(?P<iso>\d{4}-\d\d-\d\dT[\d:]+(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)"
    r"|\[?[A-Z][a-z]{2} [A-Z][a-z]{2} +\d{1,2} [\d:]{8} \d{4}\]?"
    r"|(?P<short>[A-Z][a-z]{2} +\d{1,2} [\d:]{8}(?:\.\d+)?)"
    r"(?(short)(?:\s+(?P<host>[\w.:-]+)(?= ))?|))?"
    r"\s*(?:(?:[\w.-]+ )?(?:kernel|ulogd|[\w.-]{1,60}\[\d+\]): )?(?:\[\s*(?P<up>\d+\.\d+)\]\s*)?"
)
_HEAD = re.compile(r"(?P<prefix>.{0,300}?)\bIN=(?P<iif>\S{0,40}) OUT=(?P<oif>\S{0,40})(?P<rest>.*)")
# IPv4: martian source 10.0.0.5 from 10.1.0.5, on dev eth0
_MARTIAN = re.compile(
    r"(?:IPv4: )?martian (?P<what>source|destination) (?P<dst>[\d.]+) from (?P<src>[\d.]+),? (?:on"
    r" )?dev (?P<dev>\S+)"
)
# nf_conntrack: nf_conntrack: table full, dropping packet / nf_conntrack: table full in netns
# 4026532177, dropping ..
_FULL = re.compile(r"_conntrack: table full\b[\w ]{0,40}, dropping packet")
# TCP: request_sock_TCP: Possible SYN flooding on port 443. Dropping request.  / on port
# 0.0.0.0:443. Sending cookies.
_FLOOD = re.compile(
    r"SYN flooding on port (?:[0-9a-fA-F.:\[\]]{0,45}:)?(\d{1,5})\. (?P<what>Dropping|Sending)"
)
_FLAGS = {"SYN": "S", "FIN": "F", "RST": "R", "PSH": "P", "ACK": ".", "URG": "U"}


def log_line(line: str, time: float | None = None) -> LogLine | None:
    """One line about one packet; lines of the kernel about other things say nothing."""
    stamp = _STAMP.match(line)
    body = line[stamp.end() :] if stamp else line
    time = time if time is not None else _iso(stamp["iso"] if stamp else None)
    if martian := _MARTIAN.search(body):
        ends = (ip_address(martian["src"]), ip_address(martian["dst"]))
        return LogLine(
            time,
            f"martian {martian['what']}",
            martian["dev"],
            None,
            None,
            text=line[:1000],
            ends=ends,
        )
    if _FULL.search(body[:300]):
        return LogLine(time, TABLE_FULL, None, None, None, text=line[:1000])
    if flood := _FLOOD.search(body[:300]):  # those that get a cookie are served
        dropped = flood["what"] == "Dropping"
        return (
            LogLine(time, FLOODED, None, None, None, text=line[:1000], port=int(flood[1]))
            if dropped
            else None
        )
    other = (
        foreign_logs.line(body if "ipfw" in body else line.strip()) if "SRC=" not in body else None
    )
    if other is not None:
        return replace(other, time=time if time is not None else other.time, text=line[:1000])
    found = _HEAD.match(body)
    if not found or (
        "SRC=" not in found["rest"] and "MAC" not in found["rest"] and "ARP" not in found["rest"]
    ):
        _silent_or_raise(line, body)
        return None
    # an ICMP error's quoted packet must not speak for it
    outer = re.sub(r"\[(?=SRC=).*", "", found["rest"])
    return LogLine(
        time,
        found["prefix"].strip(),
        found["iif"] or None,
        found["oif"] or None,
        flow_of(outer),
        flags_of(outer),
        line[:1000],
        _to_mac(found["rest"]),
        mark=_mark(outer),
        bound_in=bool(found["iif"]) and not found["oif"],
    )


def _mark(text: str) -> int | None:
    """MARK=0x4000: it is shown where it is not 0."""
    found = re.search(r"\bMARK=0x([0-9a-f]{1,8})\b", text)
    return int(found[1], 16) if found else None


def _to_mac(text: str) -> str | None:
    """MAC=<destination>:<source>:<type>: who the frame was for."""
    found = re.search(r"\bMAC=((?:[0-9a-f]{2}:){5}[0-9a-f]{2}):(?:[0-9a-f]{2}:){6}", text)
    return found[1] if found else None


def _silent_or_raise(line: str, body: str) -> None:
    if "SRC=" in body or "IN=" in body:
        raise Unparsed(line)
    if not body.strip() or "kernel:" in line:
        return
    aside = re.match(r"(-- |ll header:|\[?\s*\d+\.\d+\]?)", body)
    if not aside and not foreign_logs.around(line):
        raise Unparsed(line)


def _iso(text: str | None) -> float | None:
    if not text:
        return None
    try:
        stamp = datetime.fromisoformat(text.replace(",", "."))
    except ValueError:
        return None
    return stamp.timestamp() if stamp.tzinfo else None


def flow_of(text: str) -> Flow | None:
    """The 5-tuple of `SRC=.. DST=.. PROTO=.. SPT=.. DPT=..`."""
    fields = dict(re.findall(r"\b(SRC|DST|PROTO|SPT|DPT)=(\S+)", text))
    kind = _PROTOCOLS.get(fields.get("PROTO", "").upper())
    if kind is None or "SRC" not in fields or "DST" not in fields:
        return None
    try:
        ports = [int(fields.get(name, "0")) or None for name in ("SPT", "DPT")]
        return Flow(kind, ip_address(fields["SRC"]), ports[0], ip_address(fields["DST"]), ports[1])
    except (BadFlow, ValueError):
        return None


_PROTOCOLS = {
    "TCP": Protocol.TCP, "6": Protocol.TCP, "UDP": Protocol.UDP, "17": Protocol.UDP, "ICMP": Protocol.ICMP,
    "1": Protocol.ICMP, "ICMPV6": Protocol.ICMP, "58": Protocol.ICMP,
    "4": Protocol.IPENCAP, "41": Protocol.IPV6, "47": Protocol.GRE, "ESP": Protocol.ESP, "50": Protocol.ESP,
}  # fmt: skip


def flags_of(text: str) -> str:
    """`ACK SYN` as tcpdump's letters: `S.`."""
    if "PROTO=TCP" not in text and "PROTO=6 " not in text:
        return ""
    words = set(re.sub(r"\b\w+=\S*", "", text).split())
    named = [name for name in ("SYN", "FIN", "RST", "PSH", "URG", "ACK") if name in words]
    return "".join(_FLAGS[name] for name in named)
