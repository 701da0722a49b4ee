"""One list of sockets answers two questions: who listens here, and how the flow's own connections
fare."""

from __future__ import annotations

import re
from dataclasses import replace

from collectors.model.evidence import Evidence, QueryParams, Question
from collectors.model.flow import Flow, Protocol
from collectors.model.records import Socket

LISTS = frozenset({Question.LISTENERS, Question.SOCKETS})
_TOOL = re.compile(r"(?:ss|netstat|sockstat)\b")
_OPTION = re.compile(r"(?<!\S)-{1,2}[\w-]+")
_VALUED = re.compile(
    r"(?<!\S)(?:-[AfFDNKPpi]|--(?:query|family|filter|diag|net|protocol))(?:=|\s+)\S+"
)
_LONG = {"--tcp": "t", "--udp": "u", "--all": "a", "--listening": "l", "--ipv4": "4", "--ipv6": "6"}


def apart(item: Evidence, flow: Flow) -> tuple[Evidence, ...]:
    """The list as one answer for each question that it answers; what the command left out makes it
    a part."""
    if item.question not in LISTS:
        return (item,)
    records = {
        Question.LISTENERS: tuple(one for one in item.of(Socket) if one.remote is None),
        Question.SOCKETS: tuple(one for one in item.of(Socket) if one.remote is not None),
    }
    if not all(records.values()):
        return (_as_part(item, flow),)
    [other] = LISTS - {item.question}
    first = replace(item, records=records[item.question])
    query = replace(item.query, question=other, params=_params(other, flow))
    second = replace(item, query=query, records=records[other], unread=())
    return _as_part(first, flow), _as_part(second, flow)


def _params(question: Question, flow: Flow) -> QueryParams:
    if question is Question.SOCKETS:
        return QueryParams(flow=flow, flows=(flow, flow.reversed()))
    return QueryParams()


def _as_part(item: Evidence, flow: Flow) -> Evidence:
    return replace(item, truncated=True) if _left_out(item, flow) else item


def _left_out(item: Evidence, flow: Flow) -> bool:
    """Did the command not ask for what this flow needs? Without a command, what is listed tells
    what was asked."""
    if not _TOOL.match(item.command):
        return not any(one.protocol is flow.protocol for one in item.of(Socket))
    letters = _letters(item.command)
    half_open_too = "a" in letters or not item.command.startswith("ss")  # `ss -tn`: no SYN-RECV
    reasons = (
        _other_protocol(letters, flow.protocol),
        _other_family(item.command, letters, flow),
        item.question is Question.SOCKETS and not half_open_too,
        _filtered(item.command, flow.protocol),
    )
    return any(reasons)


def _other_protocol(letters: set[str], protocol: Protocol) -> bool:
    chosen = letters & set("tu")
    wanted = {Protocol.TCP: "t", Protocol.UDP: "u"}.get(protocol)
    return bool(chosen) and wanted not in chosen


def _other_family(command: str, letters: set[str], flow: Flow) -> bool:
    """Did the choice of an IP version leave out sockets that may take the flow?

    Sockets of both versions are of IPv6 for Linux: `ss -4` hides them, FreeBSD's `sockstat -4`
    shows them.
    """
    if flow.version == 6:
        return "4" in letters
    hides_mapped = "4" in letters and not command.startswith("sockstat")
    return "6" in letters or hides_mapped


def _letters(command: str) -> set[str]:
    """The options by their letters: `ss -tan`, `netstat -t -n`, `ss --tcp --all`."""
    found: set[str] = set()
    for option in _OPTION.findall(command):
        long = option.startswith("--")
        found |= set(_LONG.get(option, "")) if long else set(option[1:])
    return found


def _filtered(command: str, protocol: Protocol) -> bool:
    """`ss -tln 'sport = :443'`, `ss state established`, `netstat -p udp`: a choice of sockets."""
    if command.startswith("ss") and _VALUED.search(command):
        return True
    rest = _OPTION.sub(" ", _VALUED.sub(" ", command)).split()[1:]
    return any(word.lower() != protocol.value for word in rest)
