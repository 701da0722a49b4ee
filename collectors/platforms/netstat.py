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
    if found is None and row.is_followed:
        place.named += 1
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

    @property
    def is_followed(self) -> bool:
        """Is it of a protocol whose flows we follow?"""
        return self.protocol in ("tcp", "udp")


def _row(line: str) -> _Row | None:
    words, pointer = _columns(line.split())
    protocol = _PROTOCOL.fullmatch(words[0]) if len(words) > 2 else None
    if protocol is None:
        return None
    numbers = list(takewhile(_NUMBER.fullmatch, words[1:5]))
    ends = words[1 + len(numbers) :]
    if not ends or not _looks_end(ends[0]):
        return None
    remote = _remote(numbers, ends[1:])
    if remote is None:
        return None
    counts = tuple(int(number) for number in numbers if _is_count(number))
    return _Row(
        protocol[1].lower(),
        protocol[2] or "",
        counts,
        ends[0],
        remote,
        tuple(ends[2:]),
        pointer,
    )


def _columns(words: list[str]) -> tuple[list[str], bool]:
    """The words from the protocol on; True where the address of a control block stood first."""
    # sockstat: user, command, process and descriptor come first
    if len(words) > 6 and words[2].isdigit() and _PROTOCOL.fullmatch(words[4]):
        words = words[4:]
    pointed = len(words) > 1 and _POINTER.fullmatch(words[0]) is not None
    if pointed and _PROTOCOL.fullmatch(words[1]):
        return words[1:], True
    return words, False


def _remote(numbers: list[str], others: list[str]) -> str | None:
    """The foreign address; with -L (0/0/128) there is none, and it is any."""
    if any("/" in number for number in numbers):
        return "*.*"
    if others and _looks_end(others[0]):
        return others[0]
    return None


def _is_count(number: str) -> bool:
    return number.isdigit() and len(number) < 16


def _looks_end(text: str) -> bool:
    return bool(re.fullmatch(r"[\w*\[\]:.%+-]*[.:][\w*+-]+(?:\(\d+\))?", text))


@dataclass(frozen=True, slots=True)
class _End:
    """One end of a socket. `known` is False where a name or a cut address stands in its place."""

    address: Address | None
    port: int | None
    known: bool = True
    interface: str | None = None

    @property
    def is_any(self) -> bool:
        """Does it stand for every address?"""
        return self.known and self.address is None


_ANY = frozenset({"*", "0.0.0.0", "::", ""})
_LOCALHOST = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", "localhost6"})
_LOOPBACK = {4: ip_address("127.0.0.1"), 6: ip_address("::1")}


def _end(text: str, row: _Row) -> _End:
    tail = text.rpartition(":")[2]
    dotted = ":" not in text or "." in tail
    host, _, port = text.rpartition("." if dotted else ":")
    number = 0 if port == "*" else port_number(port)
    host, _, interface = host.strip("[]").replace("[", "").replace("]", "").partition("%")
    known = number is not None
    if host in _ANY:
        return _End(None, number, known)
    if host in _LOCALHOST:
        return _End(_LOOPBACK[6 if "6" in row.family else 4], number, known)
    if _may_be_cut(host, text, row, dotted):
        return _End(None, number, known=False)
    address = _address(host)
    if address is None:
        return _End(None, number, known=False)
    return _End(address, number, known, interface or None)


def _address(host: str) -> Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _may_be_cut(host: str, text: str, row: _Row, dotted: bool) -> bool:
    """BSD cuts hosts at 16 characters, at 12 with -A and names; Linux cuts both together at 23."""
    if not dotted:
        return ":" in host and len(text) == 23
    named_port = not text.rpartition(".")[2].isdigit()
    narrow = row.pointer and named_port
    return len(host) == (12 if narrow else 16)


def _socket(row: _Row, line: str) -> Socket | None:
    if not row.is_followed:
        return None
    local, remote = _end(row.local, row), _end(row.remote, row)
    state = _state(row, remote)
    if not remote.is_any:
        return _made(row, line, state, local, remote) if remote.known else None
    if row.protocol == "tcp" and state != "LISTEN":
        return None
    if not local.known:
        raise Unparsed(line)  # it listens, but where cannot be known
    return _made(row, line, state, local, _End(None, None))


def _made(row: _Row, line: str, state: str, local: _End, remote: _End) -> Socket | None:
    if not local.known or local.port is None:
        return None
    process = _PROCESS.search(line)
    timer = _TIMER.search(line)
    queues = row.numbers if len(row.numbers) == 2 else (0, 0)
    return Socket(
        protocol=Protocol(row.protocol),
        state=state,
        local=local.address,
        local_port=local.port,
        remote=remote.address,
        remote_port=remote.port,
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
    word = row.rest[0] if row.rest else ""
    if word in STATES:
        return STATES[word]
    return "LISTEN" if remote.is_any else "ESTAB"


def _family(row: _Row, local: _End) -> int | None:
    """4 or 6 where the socket takes one of them only: Linux's `tcp6 :::22` takes both."""
    if row.family == "4":
        return 4
    if row.family == "6":
        any_address = local.address is None and ":" in row.local.strip("[]")
        return None if any_address else 6
    if row.family:
        return None
    host = row.local.rpartition(":")[0]
    return 6 if ":" in host else 4
