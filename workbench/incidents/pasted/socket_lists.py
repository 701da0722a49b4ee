"""One list of sockets answers two questions: who listens here, and how the flow's own connections
fare."""

from __future__ import annotations

import re
from dataclasses import replace

from collectors.model.evidence import Evidence, Query, QueryParams, Question
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
    if item.question not in LISTS or not item.of(Socket):
        return (_as_part(item, flow),) if item.question in LISTS else (item,)
    waiting = tuple(one for one in item.of(Socket) if one.remote is None)
    open_ones = tuple(one for one in item.of(Socket) if one.remote is not None)
    if not (waiting and open_ones):
        return (_as_part(item, flow),)
    first = replace(item, records=waiting if item.question is Question.LISTENERS else open_ones)
    other = (
        (Question.SOCKETS, open_ones)
        if item.question is Question.LISTENERS
        else (Question.LISTENERS, waiting)
    )
    second = replace(item, query=_about(item.query, other[0], flow), records=other[1], unread=())
    return _as_part(first, flow), _as_part(second, flow)


def _about(query: Query, question: Question, flow: Flow) -> Query:
    params = (
        QueryParams(flow=flow, flows=(flow, flow.reversed()))
        if question is Question.SOCKETS
        else QueryParams()
    )
    return replace(query, question=question, params=params)


def _as_part(item: Evidence, flow: Flow) -> Evidence:
    return replace(item, truncated=True) if _left_out(item, flow) else item


def _left_out(item: Evidence, flow: Flow) -> bool:
    """Did the command not ask for what this flow needs? Without a command, what is listed tells
    what was asked."""
    if not _TOOL.match(item.command):
        return not any(one.protocol is flow.protocol for one in item.of(Socket))
    told = _letters(item.command)
    chosen = {Protocol.TCP: "t", Protocol.UDP: "u"}.get(flow.protocol, "")
    other_protocol = bool(set("tu") & told) and chosen not in told
    half_open_too = "a" in told or not item.command.startswith("ss")  # `ss -tn` shows no SYN-RECV
    only_open = item.question is Question.SOCKETS and not half_open_too
    return (
        other_protocol
        or _other_family(item.command, told, flow)
        or only_open
        or _filtered(item.command, flow.protocol)
    )


def _other_family(command: str, told: set[str], flow: Flow) -> bool:
    """Did the choice of an IP version leave out sockets that may take the flow?

    Sockets of both versions are of IPv6 for Linux: `ss -4` hides them, FreeBSD's `sockstat -4`
    shows them.
    """
    if flow.version == 6:
        return "4" in told
    return "6" in told or ("4" in told and not command.startswith("sockstat"))


def _letters(command: str) -> set[str]:
    """The options by their letters: `ss -tan`, `netstat -t -n`, `ss --tcp --all`."""
    found: set[str] = set()
    for option in _OPTION.findall(command):
        found |= (
            {_LONG[option]}
            if option in _LONG
            else set()
            if option.startswith("--")
            else set(option[1:])
        )
    return found


def _filtered(command: str, protocol: Protocol) -> bool:
    """`ss -tln 'sport = :443'`, `ss state established`, `netstat -p udp`: a choice of sockets."""
    rest = _OPTION.sub(" ", _VALUED.sub(" ", command)).split()[1:]
    chosen = any(word.lower() != protocol.value for word in rest)
    return chosen or bool(_VALUED.search(command) and command.startswith("ss"))
