"""Sockets as `netstat` lists them: Linux, BusyBox, the BSDs, macOS, Windows in any language.

A line whose address is a name, or may be cut (columns have a width), names no socket that we could
follow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import takewhile

from collectors.model.answer import ParseResult, Unparsed
from collectors.model.flow import Address, Protocol
from collectors.model.records import Socket
from collectors.model.services import port_number
from collectors.platforms.reading import WIDEST, each

STATES = {
    "ESTABLISHED": "ESTAB", "SYN_SENT": "SYN-SENT", "SYN_RECV": "SYN-RECV", "SYN_RCVD": "SYN-RECV",
    "SYN_RECEIVED": "SYN-RECV", "FIN_WAIT1": "FIN-WAIT-1", "FIN_WAIT_1": "FIN-WAIT-1", "FIN_WAIT2": "FIN-WAIT-2",
    "FIN_WAIT_2": "FIN-WAIT-2", "TIME_WAIT": "TIME-WAIT", "CLOSE_WAIT": "CLOSE-WAIT", "LAST_ACK": "LAST-ACK",
    "CLOSING": "CLOSING", "LISTEN": "LISTEN", "LISTENING": "LISTEN", "CLOSED": "UNCONN", "CLOSE": "UNCONN",
    "BOUND": "UNCONN", "IDLE": "UNCONN", "NEW_SYN_RECV": "SYN-RECV",
    # Windows in German
    "ABHÖREN": "LISTEN", "HERGESTELLT": "ESTAB", "WARTEND": "TIME-WAIT", "SCHLIESSEN_WARTEN": "CLOSE-WAIT",
    "SYN_GESENDET": "SYN-SENT", "SYN_EMPFANGEN": "SYN-RECV",
}  # fmt: skip

# Active Internet connections (servers and established) / Active UNIX domain sockets / Aktive
# Verbindungen
_SECTION = re.compile(
    r"(?:Active|Aktive|Connexions|Conexiones|Connessioni|Conexões|Current listen|[Rr]egistered)"
    r" \S.*"
)
_ELSEWHERE = re.compile(
    r".*\b(?:UNIX|kernel|Kernel|Bluetooth|IPX|AX\.25|X\.25|NET/ROM|VSOCK|netgraph)\b.*"
)
# Proto Recv-Q Send-Q Local Address           Foreign Address         State / Tcpcb  Proto ... /
# Adresse locale
_TITLES = re.compile(
    r"\s*(?:(?:Tcpcb|Socket|PCB)\s+)?(?:USER|Proto(?:/ID)?|Prot\.?|Protocol|Netid|Socket|Address|Type)\s+[A-Za-zÀ-ÿ].*"
)
_PROTOCOL = re.compile(
    r"(tcp|udp|udplite|udpl|raw|icm|icmp|ip|sctp|dccp|div|mptcp|quic|ddp)(4|6|46|m|dl)?", re.I
)
_NUMBER = re.compile(r"\d+(?:/\d+/\d+)?")
_POINTER = re.compile(r"(?:0x)?[0-9a-f]{8,16}")
_OF_PROGRAM = re.compile(
    r"\s+\[[^\[\]]{1,80}\]|\s*(?:Can not|Cannot) obtain"
    r" ownership.*|\s{1,4}[\w.-]{1,40}|\s[^\d:]{3,90}\."
)
_TIMER = re.compile(r"\b(?:on|unkn-\d) \([\d.]+/(\d+)/\d+\)")
_PROCESS = re.compile(
    r"(?<=\s)\d+/(\S.*?)(?:\s+(?:on|off|keepalive|timewait|probe|unkn-\d)? ?\([\d./]+\))?\s*$"
)


def is_sockets(text: str) -> bool:
    """Does this text hold lines of `netstat`?"""
    return any(_row(line) for line in text[:20_000].splitlines())


def read_sockets(lines: list[str]) -> ParseResult:
    """One socket per line; sockets that are no TCP or UDP ones say nothing."""
    place = _Place()
    reading = each(lines, lambda line: _line(line, place), WIDEST)
    if place.named and not reading.records and not reading.unread:
        return ParseResult(refused="names stand in place of its addresses: `netstat -n` shows them")
    return reading


# TCP: IPv4 /       *.22    *.*   0  0 128000  0 LISTEN /       *.123      Idle
_ILLUMOS = re.compile(r"\s*(TCP|UDP|SCTP): IPv([46])\s*")
_ILLUMOS_ROW = re.compile(
    r"\s*(?P<local>\S+\.[\w*-]+)(?:\s+(?P<remote>\S+\.[\w*-]+))?(?:\s+\d+\s+(?P<sent>\d+)\s+\d+\s+(?P<got>\d+))?"
    r"\s+(?P<state>[A-Za-z_]\w*).*"
)


def _rewritten(line: str, protocol: str) -> str:
    """A line of illumos in the columns of the other systems; its titles and rulers are none."""
    if re.fullmatch(r"\s*Local Address\s.*|[- ]+", line):
        return "Proto Local"
    row = _ILLUMOS_ROW.fullmatch(line)
    if not row:
        return line
    queues = f"{row['got'] or 0} {row['sent'] or 0}"
    return f"{protocol} {queues} {row['local']} {row['remote'] or '*.*'} {row['state'].upper()}"


@dataclass
class _Place:
    """Where in the output we are: sections of other families are listed under their own titles."""

    followed: bool = True
    begun: bool = False
    illumos: str = ""  # the protocol of a section of illumos, which its lines do not repeat
    named: int = 0  # connections whose addresses cannot be known


def _line(line: str, place: _Place) -> Socket | None:
    if _SECTION.fullmatch(line):
        place.followed = not _ELSEWHERE.fullmatch(line)
        return None
    if family := _ILLUMOS.fullmatch(line):
        place.illumos = f"{family[1].lower()}{family[2]}"
        return None
    if place.illumos:
        line = _rewritten(line, place.illumos)
    if not place.followed or _TITLES.fullmatch(line):
        return None
    row = _row(line)
    if row is None:
        if place.begun and _OF_PROGRAM.fullmatch(line):
            return None
        raise Unparsed(line)
    place.begun = True
    found = _socket(row, line)
    place.named += found is None and row.protocol in ("tcp", "udp")
    return found


@dataclass(frozen=True, slots=True)
class _Row:
    protocol: str
    family: str  # 4, 6, 46, or nothing
    numbers: tuple[int, ...]
    local: str
    remote: str
    rest: tuple[str, ...]
    pointer: bool  # -A: addresses of control blocks, and narrow columns


def _row(line: str) -> _Row | None:
    words = line.split()
    if len(words) > 6 and words[2].isdigit() and _PROTOCOL.fullmatch(words[4]):
        words = words[4:]  # sockstat: user, command, process and descriptor come first
    pointer = (
        len(words) > 1
        and bool(_POINTER.fullmatch(words[0]))
        and bool(_PROTOCOL.fullmatch(words[1]))
    )
    words = words[1:] if pointer else words
    found = _PROTOCOL.fullmatch(words[0]) if len(words) > 2 else None
    if not found:
        return None
    numbers = list(takewhile(_NUMBER.fullmatch, words[1:5]))
    ends = words[1 + len(numbers) :]
    if not ends or not _looks_end(ends[0]):
        return None
    listing = any("/" in number for number in numbers)  # -L: 0/0/128, and no foreign address
    remote = "*.*" if listing else ends[1] if len(ends) > 1 and _looks_end(ends[1]) else ""
    if not remote:
        return None
    told = tuple(int(number) for number in numbers if number.isdigit() and len(number) < 16)
    return _Row(found[1].lower(), found[2] or "", told, ends[0], remote, tuple(ends[2:]), pointer)


def _looks_end(text: str) -> bool:
    return bool(re.fullmatch(r"[\w*\[\]:.%+-]*[.:][\w*+-]+(?:\(\d+\))?", text))


@dataclass(frozen=True, slots=True)
class _End:
    """One end of a socket. `known` is False where a name or a cut address stands in its place."""

    address: Address | None
    port: int | None
    known: bool = True
    interface: str | None = None


_LOOPBACK = {4: ip_address("127.0.0.1"), 6: ip_address("::1")}


def _end(text: str, row: _Row) -> _End:
    tail = text.rpartition(":")[2]
    dotted = ":" not in text or "." in tail
    host, _, port = text.rpartition("." if dotted else ":")
    number = 0 if port == "*" else port_number(port)
    host, _, interface = host.strip("[]").replace("[", "").replace("]", "").partition("%")
    if host in ("*", "0.0.0.0", "::", ""):
        return _End(None, number, number is not None)
    if host in ("localhost", "localhost.localdomain", "ip6-localhost", "localhost6"):
        return _End(_LOOPBACK[6 if "6" in row.family else 4], number, number is not None)
    if _may_be_cut(host, text, row, dotted):
        return _End(None, number, known=False)
    try:
        address = ip_address(host)
    except ValueError:
        return _End(None, number, known=False)
    own = getattr(address, "ipv4_mapped", None) or address
    return _End(own, number, number is not None, interface or None)


def _may_be_cut(host: str, text: str, row: _Row, dotted: bool) -> bool:
    """BSD cuts hosts at 16 characters, at 12 with -A and names; Linux cuts both together at 23."""
    if not dotted:
        return len(text) == 23 and ":" in host
    narrow = row.pointer and not text.rpartition(".")[2].isdigit()
    return len(host) == (12 if narrow else 16)


def _socket(row: _Row, line: str) -> Socket | None:
    if row.protocol not in ("tcp", "udp"):
        return None
    local, remote = _end(row.local, row), _end(row.remote, row)
    state = _state(row, remote)
    waiting = remote.address is None and remote.known
    if waiting and row.protocol == "tcp" and state != "LISTEN":
        return None
    if not local.known and waiting:
        raise Unparsed(line)  # it listens, but where cannot be known
    if not local.known or not remote.known or local.port is None:
        return None
    process = _PROCESS.search(line)
    timer = _TIMER.search(line)
    queues = row.numbers[:2] if len(row.numbers) == 2 else (0, 0)
    return Socket(
        protocol=Protocol(row.protocol),
        state=state,
        local=local.address,
        local_port=local.port,
        remote=None if waiting else remote.address,
        remote_port=None if waiting else remote.port,
        interface=local.interface,
        recv_queue=queues[0],
        send_queue=queues[1],
        retransmits=int(timer[1]) if timer else 0,
        process=process[1].partition(":")[0].strip() if process else None,
        family=_family(row, local),
    )


def _state(row: _Row, remote: _End) -> str:
    if row.protocol == "udp":
        return "UNCONN" if remote.address is None else "ESTAB"
    told = next((STATES[word] for word in row.rest[:1] if word in STATES), None)
    if told:
        return told
    return "LISTEN" if remote.address is None and remote.known else "ESTAB"


def _family(row: _Row, local: _End) -> int | None:
    """4 or 6 where the socket takes one of them only: Linux's `tcp6 :::22` takes both."""
    if row.family in ("4", "6"):
        both = row.family == "6" and ":" in row.local.strip("[]") and local.address is None
        return None if both else int(row.family)
    if row.family:
        return None
    return 6 if ":" in row.local.rpartition(":")[0] else 4
