"""Packets of our own: an attempt of the flow, a sweep of ports, who answers ARP. Bounded, without
extra software."""

from __future__ import annotations

import re
from dataclasses import replace

from collectors.model.answer import Output, ParseResult, Unparsed
from collectors.model.evidence import QueryParams
from collectors.model.flow import Address, Flow, Protocol
from collectors.model.records import Neighbour, ProbeResult
from collectors.platforms.linux import connect_text
from collectors.platforms.linux.neighbours import line as neighbour_line
from collectors.platforms.linux.pings import read_ping
from collectors.platforms.linux.shell import plain, script, word
from collectors.platforms.probe_failures import failed, outcome
from collectors.platforms.reading import each, lines_of, text_of

SWEEP = 64  # source ports in one sweep at most

# a = destination, its port, source, its port; prints: errno, words, seconds, source port
_PYTHON = (
    "import os,socket,sys,time;a=sys.argv;f=socket.AF_INET6 if 58 in map(ord,a[1]) else socket.AF_INET;"
    "s=socket.socket(f,socket.{kind});s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1);s.settimeout(3);"
    "s.bind((a[3],int(a[4])));t=time.time();{attempt};print(e,time.time()-t,s.getsockname()[1],os.strerror(e))"
)
# ended by a reset, so that no TIME_WAIT keeps the flow's own port from its own client
_TCP = _PYTHON.format(
    kind="SOCK_STREAM",
    attempt="e=s.connect_ex((a[1],int(a[2])));s.setsockopt(socket.SOL_SOCKET,socket.SO_LINGER,bytes([1]+[0]*7))",
)
_UDP = "import select;" + _PYTHON.format(
    kind="SOCK_DGRAM",
    attempt="s.connect((a[1],int(a[2])));s.send(bytes(1));r=select.select([s],[],[],2)[0];"
    "e=s.getsockopt(socket.SOL_SOCKET,socket.SO_ERROR) if r else 110",
)


def ask_connect(params: QueryParams) -> str | None:
    """One attempt of the flow from here: a TCP connect, one UDP datagram, or one ping."""
    flow = params.flow
    if flow is None:
        return None
    if flow.protocol is Protocol.ICMP or flow.dport is None:
        return plain(f"ping -{flow.version} -n -c 1 -W 2 {word(flow.dst)}")
    return script(_attempt(flow, flow.dport, params.ports[0] if params.ports else flow.sport or 0))


def _attempt(flow: Flow, dport: int, sport: int) -> str:
    code = _TCP if flow.protocol is Protocol.TCP else _UDP
    own = f'python3 -c "{code}" {word(flow.dst)} {dport} {word(flow.src)} {sport}'
    kind = "" if flow.protocol is Protocol.TCP else "-u "
    port = f"-p {sport} " if sport else ""
    netcat = f"nc -{flow.version} -n -v -z {kind}-w 3 -s {word(flow.src)} {port}{word(flow.dst)} {dport} 2>&1"
    shell = f'timeout 3 bash -c "exec 3<>/dev/{flow.protocol}/{word(flow.dst)}/{dport}" 2>&1; echo "bash $?"'
    return f"if command -v python3 >/dev/null; then {own}; elif command -v nc >/dev/null; then {netcat}; else {shell}; fi"  # noqa: E501


def read_connect(output: Output, params: QueryParams) -> ParseResult:
    """What became of the attempt."""
    if params.flow is None:
        return ParseResult(unread=tuple(lines_of(output.stdout)))
    if params.flow.protocol is Protocol.ICMP or params.flow.dport is None:
        return read_ping(output, params)
    text = text_of(output.stdout)
    if connect_text.is_connect(text):
        return connect_text.read_connect(lines_of(text), params.flow)
    failed = re.findall(r"OSError: \[Errno (\d+)\] (.*)", text_of(output.stderr))
    if failed and not text.strip():
        return ParseResult((_own_fault(params.flow, failed[-1][1]),))
    return _attempted(lines_of(text), params.flow, params.flow.dst)


def _own_fault(flow: Flow, words: str) -> ProbeResult:
    return failed("connect", flow.dst, f"not attempted: {words.lower()}", sport=flow.sport)


# 0 0.00041 43122 Success / 11 3.003 43122 Resource temporarily unavailable / 111 0.0004 43122
# Connection refused
_RESULT = re.compile(r"(\d+) ([\d.]+(?:e-\d+)?) (\d+) (.+)")
_ERRORS = {
    11: "timed out",
    110: "timed out",
    111: "refused",
    113: "no route to host",
    101: "network unreachable",
    104: "reset",
    90: "message too long",
    98: "not attempted: address already in use",
    99: "not attempted: address not available",
}


def _attempted(lines: list[str], flow: Flow, target: Address) -> ParseResult:
    def one(line: str) -> ProbeResult | None:
        if found := _RESULT.fullmatch(line):
            return _result(found, flow, target)
        return _netcat(line, flow)

    reading = each(lines, one)
    return ParseResult(_best(reading.records), reading.unread)


def _best(records: tuple[object, ...]) -> tuple[ProbeResult, ...]:
    return tuple(record for record in records if isinstance(record, ProbeResult))


def _result(found: re.Match[str], flow: Flow, target: Address) -> ProbeResult:
    error = _error_of(int(found[1]), found[4], flow)
    return outcome("connect", target, error, rtt_ms=float(found[2]) * 1000, sport=int(found[3]))


def _error_of(code: int, words: str, flow: Flow) -> str | None:
    """What the number of the error means; None = it is none."""
    if code == 0:
        return None
    if code in (11, 110):
        return "no reply" if flow.protocol is Protocol.UDP else "timed out"
    return _ERRORS.get(code, words.lower())


# Connection to 10.0.0.1 443 port [tcp/https] succeeded! / nc: connect to 10.0.0.1 port 443 (tcp)
# failed: ...
_WORDS = (
    (re.compile(r"succeeded!|\bopen$"), None),
    (re.compile(r"refused", re.I), "refused"),
    (re.compile(r"timed out|timeout", re.I), "timed out"),
    (re.compile(r"No route to host", re.I), "no route to host"),
    (re.compile(r"unreachable", re.I), "network unreachable"),
    (re.compile(r"in use", re.I), "not attempted: address already in use"),
)


def _netcat(line: str, flow: Flow) -> ProbeResult | None:
    status = re.fullmatch(r"bash (\d+)", line)
    if status:
        return _bash(int(status[1]), flow)
    if line.startswith("bash: ") and "Connection refused" not in line and "No route" not in line:
        return None
    for pattern, error in _WORDS:
        if pattern.search(line):
            return outcome("connect", flow.dst, error, sport=flow.sport)
    raise Unparsed(line)


def _bash(status: int, flow: Flow) -> ProbeResult | None:
    if status in (0, 124):
        return outcome("connect", flow.dst, None if status == 0 else "timed out")
    return None


_SWEEP = (
    "import socket,sys;from concurrent.futures import ThreadPoolExecutor;a=sys.argv;"
    "k=socket.AF_INET6 if 58 in map(ord,a[1]) else socket.AF_INET;"
    "f=lambda p:(lambda s:(s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1),s.settimeout(2.5),s.bind((a[3],p)),"
    "s.connect_ex((a[1],int(a[2]))),s.close())[3])(socket.socket(k,socket.SOCK_STREAM));"
    "E=ThreadPoolExecutor(32);r=[(p,E.submit(f,p)) for p in map(int,a[4:])];"
    "[print(p,x.exception().errno if x.exception() else x.result()) for p,x in r]"
)


PROGRAMS = (_TCP, _UDP, _SWEEP)  # the guard knows them byte by byte


def ask_sweep(params: QueryParams) -> str | None:
    """Connects from each of a few source ports, all at once, and closes them."""
    flow, ports = params.flow, params.ports[:SWEEP]
    if flow is None or flow.protocol is not Protocol.TCP or not ports or flow.dport is None:
        return None
    listed = " ".join(str(port) for port in ports)
    target = f"{word(flow.dst)} {flow.dport}"
    own = f'python3 -c "{_SWEEP}" {target} {word(flow.src)} {listed}'
    other = (
        f"for p in {listed}; do (nc -{flow.version} -n -z -w 2 -s {word(flow.src)} -p $p {target} 2>/dev/null; "
        's=$?; test $s = 0 || s=11; echo "$p $s") & done; wait'
    )
    return script(f"if command -v python3 >/dev/null; then {own}; else {other}; fi")


def read_sweep(output: Output, params: QueryParams) -> ParseResult:
    """One line per port: port, errno."""

    def one(line: str) -> ProbeResult:
        found = re.fullmatch(r"(\d+) (\d+)", line)
        if not found or params.flow is None:
            raise Unparsed(line)
        code = int(found[2])
        error = None if code == 0 else _ERRORS.get(code, f"error {code}")
        return outcome("connect", params.flow.dst, error, sport=int(found[1]))

    return each(lines_of(output.stdout), one)


def ask_arp(params: QueryParams) -> str | None:
    """Who answers for the address on that interface? ARP where we may, else what the neighbour
    table says, thrice."""
    if params.address is None or params.interface is None:
        return None
    to, port = word(params.address), word(params.interface)
    family = params.address.version
    ping = f"ping -{family} -c 1 -W 1 -I {port} {to} >/dev/null 2>&1"
    watch = f"for i in 1 2 3; do {ping}; ip -{family} neigh show to {to} dev {port}; done"
    if params.address.version == 6:
        return script(watch)
    return script(
        f"if command -v arping >/dev/null; then arping -c 2 -w 2 -I {port} {to} || true; else {watch}; fi"
    )


# Unicast reply from 10.9.0.2 [E6:35:AC:0E:8F:29]  0.700ms / 60 bytes from e6:35:ac:0e:8f:29
# (10.9.0.2): index=0
_ANSWER = re.compile(r".*(?:reply from \S+ \[|bytes from )((?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2})")
_ARPING = re.compile(
    r"ARPING |(?:Uni|Broad)cast request from |"
    r"Sent \d+ probes|Received \d+ resp|--- .* statistics|\d+ packets transmitted|rtt |Timeout"
)


def read_arp(output: Output, params: QueryParams) -> ParseResult:
    """All MACs that answered, in one Reach; neighbour entries where there is no arping."""
    macs: dict[str, None] = {}

    def one(line: str) -> Neighbour | None:
        if answer := _ANSWER.match(line):
            macs[answer[1].lower()] = None
            return None
        return None if _ARPING.match(line) else neighbour_line(line, params.interface)

    reading = each(lines_of(text_of(output.stdout)), one)
    entries = [record for record in reading.records if isinstance(record, Neighbour)]
    macs.update(dict.fromkeys(entry.mac for entry in entries if entry.mac))
    if params.address is None or (reading.unread and not entries and not macs):
        return reading
    return replace(
        reading,
        records=(
            ProbeResult("arping", params.address, ok=bool(macs), answered_by=tuple(macs)),
            *entries,
        ),
    )
