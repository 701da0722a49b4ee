"""What the firewall wrote about packets: the kernel's log by the journal or dmesg, as JSON or text."""

from __future__ import annotations

import json
import re
from datetime import datetime
from ipaddress import ip_address

from collectors.model.evidence import About
from collectors.model.flow import BadFlow, Flow, Protocol
from collectors.model.platform import Output, Reading, Unparsed
from collectors.model.records import LogLine
from collectors.platforms.linux.shell import script
from collectors.platforms.reading import each, harmless, lines_of, text_of

_FILES = (
    "/var/log/kern.log /var/log/ufw.log /var/log/iptables.log /var/log/firewall.log /var/log/messages"
    " /var/log/ulog/syslogemu.log"
)


def ask_logs(about: About) -> str:
    """The newest packet lines: the journal's, else the kernel's own, and those of well-known files."""
    keep = 'grep -a -E "(IN=.* OUT=|martian|SRC=.*DST=|nf_ct_)"'
    journal = (
        "journalctl -k -o json -n 4000 --no-pager -q --output-fields=MESSAGE,_SOURCE_REALTIME_TIMESTAMP 2>/dev/null"
    )
    files = f"for f in {_FILES}; do test -r $f && tail -n 4000 $f | {keep} | tail -n 500; done"
    return script(
        f'a=$({journal} | {keep} | tail -n 1000); if test -n "$a"; then echo "$a"; '
        f"else dmesg --time-format iso | {keep} | tail -n 1000; fi; {files}; true"
    )


def read_logs(output: Output, about: About) -> Reading:
    """Journal entries as JSON, or lines of syslog, dmesg and journalctl."""
    return each(lines_of(text_of(output.stdout)), _line)


def _line(line: str) -> LogLine | None:
    if line.startswith("{"):
        return _journal(json.loads(harmless(line)))
    return log_line(line)


def _journal(entry: dict[str, object]) -> LogLine | None:
    message = entry.get("MESSAGE")
    if isinstance(message, list):  # the journal writes what is not UTF-8 as a list of bytes
        message = text_of(bytes(message))
    stamp = entry.get("_SOURCE_REALTIME_TIMESTAMP") or entry.get("__REALTIME_TIMESTAMP")
    return log_line(str(message), int(str(stamp)) / 1e6 if stamp else None)


# Feb 04 14:12:59 fw1 kernel: [UFW BLOCK] IN=eth2 OUT= SRC=... / 2024-02-04T14:12:59,122334+00:00 [UFW BLOCK] IN=
_STAMP = re.compile(
    r"^(?:<\d+>)?(?:"
    r"(?P<iso>\d{4}-\d\d-\d\dT[\d:]+(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)"
    r"|(?P<short>[A-Z][a-z]{2} +\d{1,2} [\d:]{8}(?:\.\d+)?)"
    r")?\s*(?:(?P<host>\S+) kernel: )?(?:\[\s*(?P<up>\d+\.\d+)\]\s*)?"
)
_HEAD = re.compile(r"(?P<prefix>.{0,300}?)\bIN=(?P<iif>\S{0,40}) OUT=(?P<oif>\S{0,40})(?P<rest>.*)")
# IPv4: martian source 10.0.0.5 from 10.1.0.5, on dev eth0
_MARTIAN = re.compile(
    r"(?:IPv4: )?martian (?P<what>source|destination) (?P<dst>[\d.]+) from (?P<src>[\d.]+),? (?:on )?dev (?P<dev>\S+)"
)
_FLAGS = {"SYN": "S", "FIN": "F", "RST": "R", "PSH": "P", "ACK": ".", "URG": "U"}


def log_line(line: str, time: float | None = None) -> LogLine | None:
    """One line about one packet; lines of the kernel about other things say nothing."""
    stamp = _STAMP.match(line)
    body = line[stamp.end() :] if stamp else line
    time = time if time is not None else _iso(stamp["iso"] if stamp else None)
    if martian := _MARTIAN.search(body):
        return LogLine(time, f"martian {martian['what']}", martian["dev"], None, None, text=line[:1000])
    found = _HEAD.match(body)
    if not found or "SRC=" not in found["rest"] and "MAC" not in found["rest"] and "ARP" not in found["rest"]:
        _silent_or_raise(line, body)
        return None
    outer = re.sub(r"\[(?=SRC=).*", "", found["rest"])  # an ICMP error's quoted packet must not speak for it
    return LogLine(
        time,
        found["prefix"].strip(),
        found["iif"] or None,
        found["oif"] or None,
        flow_of(outer),
        flags_of(outer),
        line[:1000],
    )


def _silent_or_raise(line: str, body: str) -> None:
    if "SRC=" in body or "IN=" in body:
        raise Unparsed(line)
    if re.match(r"(-- |ll header:|\[?\s*\d+\.\d+\]?)", body) or "kernel:" in line or not body.strip():
        return
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
}  # fmt: skip


def flags_of(text: str) -> str:
    """`ACK SYN` as tcpdump's letters: `S.`."""
    if "PROTO=TCP" not in text and "PROTO=6 " not in text:
        return ""
    words = set(re.sub(r"\b\w+=\S*", "", text).split())
    letters = "".join(_FLAGS[name] for name in ("SYN", "FIN", "RST", "PSH", "URG") if name in words)
    return letters + ("." if "ACK" in words else "")
