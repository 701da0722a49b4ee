"""`ping` of Windows in any language: by its numbers, its brackets and the `TTL=` that nobody
translates."""

from __future__ import annotations

import re
from ipaddress import ip_address

from collectors.model.answer import Output, ParseResult
from collectors.model.evidence import QueryParams
from collectors.model.flow import Address
from collectors.model.records import ProbeResult
from collectors.platforms.probe_failures import failed
from collectors.platforms.reading import WIDEST, lines_of, text_of

_IP = r"(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:.]+)"
# Pinging host [192.0.2.1] with 32 bytes of data: / Ping wird ausgeführt für 192.0.2.1 mit 32 Bytes
# Daten:
_HEAD = re.compile(
    rf".{{3,80}}?(?:\[(?P<named>{_IP})(?:%\w+)?\]|(?<= )(?P<bare>{_IP})(?:%\w+)?).{{1,40}}?\b\d+"
    r" .{1,40}:"
)
# Reply from 192.0.2.1: bytes=32 time<1ms TTL=64 / Réponse de 192.0.2.1 : octets=32 temps=10 ms
# TTL=64
_REPLY = re.compile(
    rf"\S.{{1,20}}? (?P<address>{_IP})(?:%\w+)?\s?: (?:\S+=\d+"
    r" )?\S+?(?P<less>[=<])(?P<rtt>\d+)\s?ms(?: TTL=\d+)?"
)
# Reply from 192.0.2.20: Destination host unreachable.
_ERROR = re.compile(rf"\S.{{1,20}}? (?P<address>{_IP})(?:%\w+)?\s?: (?P<words>[^=\d]{{4,100}})")
_COUNTS = re.compile(
    r"\s+\S[^=\d]{1,30} = (?P<sent>\d{1,6}), \S[^=\d]{1,30} = (?P<got>\d{1,6}), \S[^=\d]{1,30} ="
    r" \d{1,6}.*"
)
_TIMES = re.compile(r"\s+\S[^=\d]{1,30} = \d+\s?ms, .*")
_TIMED_OUT = re.compile(
    r"timed out|Zeitüberschreitung|dépassé|agotado|scadut|esgotad|verlopen|Превышен|超时|タイムアウト",
    re.I,
)
_QUIET = re.compile(
    rf".{{1,60}} {_IP}(?:%\w+)?\s?:|\s*\(?.*\(?\d+\s?% .*|[^\d\[\]]{{3,80}}:|Control-C|\^C"
)
_ENGLISH = (
    (
        re.compile(r"destination host unreachable|zielhost nicht erreichbar", re.I),
        "destination host unreachable",
    ),
    (
        re.compile(r"destination net(?:work)? unreachable|zielnetz nicht erreichbar", re.I),
        "destination net unreachable",
    ),
    (
        re.compile(r"unreachable|nicht erreichbar|joindre|inaccesible|raggiungibile|inacess", re.I),
        "unreachable",
    ),
    (re.compile(r"TTL|Gültigkeitsdauer|durée de vie", re.I), "time to live exceeded"),
    (re.compile(r"\bDF\b|fragment", re.I), "message too long"),
)


def read_ping(output: Output, params: QueryParams) -> ParseResult:
    """Every reply, every error and every silence."""
    target: Address | None = None
    found: list[ProbeResult] = []
    unread: list[str] = []
    for line in lines_of(text_of(output.stdout)):
        if len(line) > WIDEST:
            unread.append(line)
            continue
        head = _HEAD.fullmatch(line) if target is None and len(line) < WIDEST else None
        if head is not None:
            target = ip_address(head["named"] or head["bare"])
        elif not _line(line, target, found):
            unread.append(line)
    return ParseResult(tuple(found), tuple(unread))


def _line(line: str, target: Address | None, found: list[ProbeResult]) -> bool:
    if reply := _REPLY.fullmatch(line):
        pinged = target or ip_address(reply["address"])
        rtt = None if reply["less"] == "<" else float(reply["rtt"])
        found.append(ProbeResult("ping", pinged, ok=True, rtt_ms=rtt))
        return True
    if _COUNTS.fullmatch(line) or _TIMES.fullmatch(line):
        return True
    return _failed(line, target, found) or bool(_QUIET.fullmatch(line))


def _failed(line: str, target: Address | None, found: list[ProbeResult]) -> bool:
    if target is None or line[:1].isspace():
        return False
    error = _ERROR.fullmatch(line)
    if error is None and not _is_sentence(line):
        return False
    words = error["words"] if error else line
    by = ip_address(error["address"]) if error else None
    found.append(failed("ping", target, _in_english(words), reported_by=by))
    return True


def _is_sentence(line: str) -> bool:
    return line.endswith(".") and re.search(r"\d", line) is None


def _in_english(words: str) -> str:
    if _TIMED_OUT.search(words):
        return "timed out"
    for pattern, english in _ENGLISH:
        if pattern.search(words):
            return english
    return words.strip(" .").lower()
