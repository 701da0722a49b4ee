"""What nc, curl, telnet and ssh say of a connection that somebody tried. Pasted only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address

from collectors.model.answer import ParseResult, Unparsed
from collectors.model.flow import Address, Flow, Protocol
from collectors.model.records import ProbeResult
from collectors.model.words import AFTER
from collectors.platforms.probe_failures import failed, outcome
from collectors.platforms.reading import WIDEST, each

_IP = r"\[?(?P<ip>[\da-fA-F.:]{3,45}?)\]?"
# *   Trying 203.0.113.10:443... / Trying 203.0.113.10...
_TRYING = re.compile(rf"(?:\* +)?Trying {_IP}(?::(?P<port>\d{{1,5}}))?\.\.\.\s*")
_MADE = tuple(
    re.compile(pattern)
    for pattern in (
        # Connection to 203.0.113.10 443 port [tcp/https] succeeded! / Connection to www
        # (203.0.113.10) 443 port [..]
        rf"Connection to (?:\S+ \()?{_IP}\)? (?P<port>\d{{1,5}}) port \[.{{1,40}}\] succeeded!",
        # Connection to 203.0.113.10 port 443 [tcp/https] succeeded! (macOS)
        rf"Connection to (?:\S+ \()?{_IP}\)? port (?P<port>\d{{1,5}}) \[.{{1,40}}\] succeeded!",
        # BusyBox: www (203.0.113.10:443) open
        rf"(?:\S+ )?\({_IP}:(?P<port>\d{{1,5}})\) open",
        rf"\* Connected to \S+ \({_IP}\) port (?P<port>\d{{1,5}}).*",
        rf"Ncat: Connected to {_IP}:(?P<port>\d{{1,5}})\.",
        r"Connected to (?P<name>\S+)\.",
        rf"(?:\S+ )?\(\S+\) \[{_IP}\] (?P<port>\d{{1,5}}) \(\S+\) open",
    )
)
_FAILED = tuple(
    re.compile(pattern)
    for pattern in (
        # nc: connectx to 203.0.113.10 port 443 (tcp) failed: Operation timed out (macOS)
        (
            rf"nc: connectx? to (?:\S+ \()?{_IP}\)? port (?P<port>\d{{1,5}}) \(\w+\) failed:"
            r" (?P<words>.+)"
        ),
        (
            rf"\* connect to {_IP} port (?P<port>\d{{1,5}})(?: from \S+ port \d+)? failed:"
            r" (?P<words>.+)"
        ),
        rf"curl: \(\d+\) Failed to connect to {_IP} port (?P<port>\d{{1,5}})[^:]*: (?P<words>.+)",
        r"curl: \(28\) (?P<words>.+)",
        rf"telnet: connect to address {_IP}: (?P<words>.+)",
        rf"ssh: connect to host {_IP} port (?P<port>\d{{1,5}}): (?P<words>.+)",
        rf"(?:\S+ )?\(\S+\) \[{_IP}\] (?P<port>\d{{1,5}}) \(\S+\) : (?P<words>.+)",
        r"telnet: Unable to connect to remote host: (?P<words>.+)",
        r"Ncat: (?P<words>Connection refused|TIMEOUT|No route to host|Network is unreachable).*",
    )
)
# * SSL connection timeout / curl: (28) Operation timed out after 5001 milliseconds with 0 bytes
# received
_CUT_OFF = re.compile(
    r"(?:\* |curl: \(\d+\) ).{0,200}?(?:(?P<late>time-?out|timed out)|reset by peer).*", re.I
)
_DATAGRAM = re.compile(r"\[udp/|\(udp\)")
_WORDS = (
    (re.compile(r"refused", re.I), "refused"),
    (re.compile(r"timed? ?out|timeout", re.I), "timed out"),
    (re.compile(r"no route to host", re.I), "no route to host"),
    (re.compile(r"network is unreachable", re.I), "network unreachable"),
    (re.compile(r"reset", re.I), "reset"),
)
_QUIET = re.compile(
    r"[*<>{}%] ?.*|\s*[\d:.-]+k?(?: +[\d:.k-]+)+.*|Escape character is .*|Ncat: .*|curl: \(.*|\s+%"
    r" Total .*|\s*Dload .*"
    r"|Connection closed.*|telnet: .*"
)


def is_connect(text: str) -> bool:
    """Does a line of it tell how a connection went?"""
    lines = [line.rstrip() for line in text[:20_000].splitlines() if len(line) < WIDEST]
    return any(_fit((_TRYING, *_MADE, *_FAILED), line) for line in lines)


def _fit(patterns: Iterable[re.Pattern[str]], line: str) -> re.Match[str] | None:
    """The first pattern that fits the whole line."""
    for pattern in patterns:
        if found := pattern.fullmatch(line):
            return found
    return None


@dataclass
class _Tried:
    """The target that the tool tries at the moment."""

    address: Address | None = None
    port: int | None = None
    made: bool = False  # it came to a connection of this flow


# one line of nc is one attempt, whole: a loop of them is several
_WHOLE = re.compile(
    r"Connection to .{1,200} succeeded!|nc: connectx? to .{1,200} failed: .+|.{0,200}\)"
    r" (?:open|: .+)"
)


def read_connect(lines: list[str], flow: Flow) -> ParseResult:
    """Each attempt: that it was made and not cut off, else why it failed. Another address or port
    says nothing."""
    tried = _Tried()
    reading = each(lines, lambda line: _line(line, flow, tried), WIDEST)
    met = [one for one in reading.records if isinstance(one, ProbeResult)]
    if len(met) > 1 and _one_attempt_each(lines):
        return ParseResult(tuple(met), reading.unread)
    return ParseResult(tuple(_deciding(met)), reading.unread)


def _one_attempt_each(lines: list[str]) -> bool:
    telling = (line for line in lines if not _says_nothing(line))
    return all(map(_WHOLE.fullmatch, telling))


def _deciding(met: list[ProbeResult]) -> list[ProbeResult]:
    """Of lines about one attempt: that it was cut off, else that it was made, else its last
    failure."""
    cut_off = [one for one in met if AFTER in (one.error or "")]
    made = [one for one in met if one.ok]
    return cut_off[:1] or made[:1] or met[-1:]


def _line(line: str, flow: Flow, tried: _Tried) -> ProbeResult | None:
    if found := _TRYING.fullmatch(line):
        _aim(found, tried)
        return None
    if found := _fit(_MADE, line):
        return _made(found, flow, tried)
    if tried.made and (cut := _CUT_OFF.fullmatch(line)):
        how = "timed out" if cut["late"] else "reset"
        return failed("connect", flow.dst, f"{how} {AFTER}")
    if found := _fit(_FAILED, line):
        return _refused(found, flow, tried)
    if not _QUIET.fullmatch(line):
        raise Unparsed(line)
    return None


def _refused(found: re.Match[str], flow: Flow, tried: _Tried) -> ProbeResult | None:
    """A connection that was not made, where the words say why."""
    if not _of(found[0], flow):
        return None
    for words, error in _WORDS:
        if words.search(found["words"]):
            return _reach(found, flow, tried, error)
    return None


def _made(found: re.Match[str], flow: Flow, tried: _Tried) -> ProbeResult | None:
    """A connection. A datagram that was sent and met no error was not answered for that: it tells
    nothing."""
    probe = _reach(found, flow, tried, None)
    tried.made = probe is not None and _is_of_tcp(found[0], flow)
    return probe if tried.made else None


def _is_of_tcp(line: str, flow: Flow) -> bool:
    return flow.protocol is Protocol.TCP and _of(line, flow)


def _of(line: str, flow: Flow) -> bool:
    """Was it tried with the flow's own protocol, as far as the line names one?"""
    names_udp = _DATAGRAM.search(line) is not None
    return flow.protocol is Protocol.UDP or not names_udp


def _says_nothing(line: str) -> bool:
    """Is it a line of a tool that tells nothing, or one of a person?"""
    return _fit((_TRYING, _CUT_OFF, *_MADE, *_FAILED), line) is None


def _aim(found: re.Match[str], tried: _Tried) -> None:
    fields = found.groupdict()
    if fields.get("ip"):
        tried.address = ip_address(fields["ip"])
    if fields.get("port"):
        tried.port = int(fields["port"])


def _reach(
    found: re.Match[str], flow: Flow, tried: _Tried, error: str | None
) -> ProbeResult | None:
    _aim(found, tried)
    elsewhere = tried.port not in (None, flow.dport)
    if tried.address != flow.dst or elsewhere:
        return None
    return outcome("connect", flow.dst, error)
