"""What `ping` and `ping6` print on Linux, BusyBox, the BSDs, macOS, illumos and AIX, with any
option."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from ipaddress import ip_address

from collectors.model.answer import ParseResult
from collectors.model.flow import Address
from collectors.model.records import ProbeResult, Record
from collectors.platforms.probe_failures import failed
from collectors.platforms.reading import WIDEST

# PING 203.0.113.10 (203.0.113.10) from 192.0.2.20 eth0: 1472(1500) bytes of data.
# PING www.example.com(2001:db8::1 (2001:db8::1)) 1400 data bytes
PING = re.compile(
    r"PING:? (?P<name>[^\s(]+?):?(?:\s?\((?:\S+ \()?(?P<address>[0-9a-fA-F:.%\w-]+)\)\)?)?(?: from"
    r" .*?)?:?"
    r" (?P<size>\d+)(?:\((?P<total>\d+)\))?(?: data)? bytes.*"
)
# PING6(56=40+8+8 bytes) 2001:db8::2 --> 2001:db8::1
_PING6 = re.compile(
    r"PING6?\((?P<total>\d+)=[\d+]+ bytes\) \S+ --> (?P<address>[0-9a-fA-F:.]+)(?:%\S+)?"
)
# [1595191373.643436] at the beginning of any line (-D), 12:03:04.123456 with --apple-time
_STAMP = re.compile(r"(?:\[\d+\.\d+\] |\d\d:\d\d:\d\d\.\d+ )")
# 64 bytes from 10.9.0.2: icmp_seq=1 ttl=64 time=0.512 ms (DUP!) / 16 bytes from ::1, icmp_seq=0
# hlim=64 time=0.036 ms
_REPLY = re.compile(
    r"(?P<size>\d+) bytes from (?:[^\s(]+"
    r" \()?(?P<address>[0-9a-fA-F:.]+?|[\w.-]+?)(?:%[\w.-]+?)?\)?[:,]?"
    r" (?:icmp_seq|icmp_req|seq)=\d+\.?(?: ident=\d+)?(?: (?:ttl|hlim)=\d+)?(?:"
    r" time[=<](?P<rtt>\d+(?:\.\d+)?) ?ms)?"
    r"(?P<notes>(?: \((?:DUP!|DIFFERENT ADDRESS!|BAD CHECKSUM!|truncated)\))*)"
)
# From 10.0.0.1 icmp_seq=1 Frag needed and DF set (mtu = 1400) / From gw (10.0.0.1) icmp_seq=1 Time
# to live exceeded
_ERROR = re.compile(
    r"From (?P<address>\S+?):? (?:\((?P<numeric>\S+)\):? )?(?:icmp_seq|icmp_req|seq)=\d+"
    r" (?P<words>.+)",
    re.I,
)
# 92 bytes from 192.168.1.1: Destination Host Unreachable / 36 bytes from gw (10.0.0.1): Time to
# live exceeded
_REPORTED = re.compile(
    r"\d+ bytes from (?:[^\s(]+ \()?(?P<address>[0-9a-fA-F:.%\w-]+?)\)?:"
    r" (?P<words>(?:Destination|Time to live|frag|"
    r"Communication|Redirect|Source Quench|Packet|Parameter|Dest|Unreachable|Network|Host|Port|Time"
    r" exceeded)\b.*)",
    re.I,
)
# ping: local error: message too long, mtu=1500 / ping: sendmsg: Message too long / ping6: UDP
# connect: No route to host
_LOCAL = re.compile(
    r"(?:ping6?|connect): (?:local error: |(?:sendmsg|sendto|connect|UDP connect): )?(?P<words>.+)"
)
_LOST = re.compile(r"(?:Request timeout for icmp_seq|icmp_seq=\d+ timeout) ?\S*(?: timed out)?")
_ALIVE = re.compile(r"(?P<name>\S+) is alive")
_NO_ANSWER = re.compile(r"no answer from (?P<name>\S+)")
_STATS = re.compile(
    r"(?P<sent>\d{1,9}) packets transmitted, (?P<got>\d{1,9}) (?:packets )?received\b.*"
)
# rtt min/avg/max/mdev = 0.043/0.086/0.135/0.016 ms / round-trip (ms)  min/avg/max/stddev =
# 0.1/0.2/0.3/0.1
_TIMES = re.compile(
    r"(?:rtt|round-trip)(?: \(ms\))?\s+min/avg/max(?:/[\w-]+)? ="
    r" [\d.]+/(?P<average>\d+(?:\.\d+)?)/.*"
)
_QUIET = re.compile(
    r"-{3,4} ?.* ?-{3,4}|PATTERN: 0x[0-9a-fA-F]*|pipe \d+|, pipe.*|no answer yet for"
    r" icmp_seq=\d+|[.!]+|\^C.*"
    r"|(?:RR|TS): .*|\t.*|NOP\s*.*|\((?:same|not same) route\)|ping: Warning: .*|WARNING: .*"
    r"|Vr HL TOS  Len   ID Flg  off TTL Pro  cks.*|\s*\d\s+\d\s+[0-9a-f]{2}\s.*|wrong (?:data"
    r" byte|total length).*"
    r"|load: .*|\d+/\d+ packets, \d+% loss.*|(?:patch|Unused) .*|\s{4,}[0-9a-f ]+|\d+ packets? out"
    r" of wait time"
)
MOST = 100  # probes without a line of their own that become records


@dataclass
class Draft:
    """One run of ping while its lines are read."""

    target: Address | None
    kind: str
    size: int | None = None
    found: list[ProbeResult] = field(default_factory=list)
    lost: int = 0  # without an answer, by the statistics
    reported: int = 0  # errors and timeouts that have a line of their own
    arrived: int = 0  # by the statistics
    average: float | None = None


def ping_lines(lines: list[str], target: Address | None, size: int | None = None) -> ParseResult:
    """The lines of one ping, which may have been told to set DF."""
    draft = Draft(target, "ping" if size is None else "ping-df", size)
    unread = [
        line
        for line in lines
        if len(line) > WIDEST or not ping_line(_STAMP.sub("", line, count=1), draft)
    ]
    _by_statistics(draft)
    if not draft.found and draft.target and not unread:
        draft.found.append(failed(draft.kind, draft.target, "timed out", size=draft.size))
    return ParseResult(tuple(draft.found), tuple(unread))


def _by_statistics(draft: Draft) -> None:
    """Answers that had no line of their own (-q), and probes that got none."""
    if draft.target is None or not (draft.arrived or draft.found):
        return
    hidden = draft.arrived - sum(reach.ok for reach in draft.found)
    # of many, as many as show which share was lost
    part = min(1.0, MOST / max(1, draft.arrived + draft.lost))
    answered = ProbeResult(draft.kind, draft.target, draft.size, ok=True, rtt_ms=draft.average)
    draft.found += [answered] * math.ceil(max(0, hidden) * part)
    silent = failed(draft.kind, draft.target, "timed out", size=draft.size)
    draft.found += [silent] * math.ceil(max(0, draft.lost - draft.reported) * part)


def ping_line(line: str, draft: Draft) -> bool:
    """Is this a line of ping? What it tells is kept."""
    if head := PING.match(line) or _PING6.match(line):
        fields = head.groupdict()
        draft.target = _maybe(fields["address"] or fields.get("name") or "") or draft.target
        draft.size = draft.size or (int(fields["total"]) if fields["total"] else None)
    elif reply := _REPLY.fullmatch(line):
        _answered(reply, draft)
    elif stats := _STATS.match(line):
        draft.lost, draft.arrived = int(stats["sent"]) - int(stats["got"]), int(stats["got"])
    elif times := _TIMES.match(line):
        draft.average = float(times["average"])
    elif alive := _ALIVE.fullmatch(line) or _NO_ANSWER.fullmatch(line):
        draft.target = draft.target or _maybe(alive["name"])
        draft.arrived = int(alive.re is _ALIVE)
    elif not _failed(line, draft):
        return bool(_QUIET.fullmatch(line))
    return True


def _answered(reply: re.Match[str], draft: Draft) -> None:
    target = draft.target or _maybe(reply["address"])
    if target is None or "DUP!" in reply["notes"]:
        return
    rtt = float(reply["rtt"]) if reply["rtt"] else None
    draft.found.append(ProbeResult(draft.kind, target, draft.size, ok=True, rtt_ms=rtt))


def _failed(line: str, draft: Draft) -> bool:
    error = None
    if _LOST.fullmatch(line):
        words = "timed out"
    elif error := _ERROR.fullmatch(line) or _REPORTED.fullmatch(line) or _LOCAL.fullmatch(line):
        words = error["words"].strip().lower()
    else:
        return False
    if words.startswith("redirect"):
        return True  # the packet went on all the same
    if draft.target is None:
        return words != "timed out" and bool(_NO_TARGET.search(words))
    mtu = re.search(r"mtu ?=? ?(\d{1,6})", words)
    kind, largest = ("ping-df", int(mtu[1])) if mtu else (draft.kind, None)
    by = error.groupdict() if error else {}
    who = _maybe(by.get("numeric") or by.get("address") or "")
    draft.found.append(
        failed(kind, draft.target, words, size=draft.size, mtu=largest, reported_by=who)
    )
    draft.reported += 1
    return True


# ping -D -s 1472 10.0.0.1: to BSD and macOS "do not fragment"; to Linux a time before each line,
# and its heading tells
# the size of the packet
_UNCUT = re.compile(r"ping\b(?=.{0,80}?\s-\w{0,8}D)(?=.{0,80}?\s-\w{0,8}s\s?(?P<size>\d{1,5})\b)")


def placed(reading: ParseResult, command: str) -> ParseResult:
    """The size of packets that must not be cut, where only the command tells it."""
    found = _UNCUT.match(command)
    if found is None:
        return reading
    size = int(found["size"])
    return replace(reading, records=tuple(_sized(one, size) for one in reading.records))


def _sized(record: Record, data: int) -> Record:
    if not isinstance(record, ProbeResult) or record.size is not None:
        return record
    if record.kind != "ping":
        return record
    headers = 28 if record.target.version == 4 else 48
    return replace(record, kind="ping-df", size=data + headers)


_NO_TARGET = re.compile(
    r"not known|unknown host|cannot resolve|bad address|unreachable|resolution|no route|not"
    r" permitted"
)


def _maybe(text: str) -> Address | None:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None
