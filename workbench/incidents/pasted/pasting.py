"""Reads what a person pasted or uploaded for a device: which question it answers, and what the
parser makes of it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from ipaddress import ip_address, ip_network
from types import MappingProxyType
from typing import Any

from collectors import platforms
from collectors.answering import reading_of
from collectors.model.answer import Output, ParseResult
from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import Flow
from collectors.model.inventory import Device, Inventory, Role
from collectors.model.platform import Platform
from collectors.model.questions import traits
from collectors.model.records import Route
from collectors.paste.marks import Marked, marked
from collectors.paste.names import Known, with_addresses
from collectors.paste.recognise import (
    command_line,
    named_by_command,
    recognise_output,
    typed_command,
    without_prompts,
)
from collectors.paste.systems import system_of
from collectors.pcap.capture import is_capture
from collectors.platforms import platform_named
from collectors.playbook import return_route
from workbench.incidents.pasted.joining import joined, joins, times
from workbench.incidents.pasted.kinds_of_devices import kinds
from workbench.incidents.pasted.pings import pings
from workbench.incidents.pasted.socket_lists import apart

LARGEST = 10_000_000  # bytes
_DESTINATION = re.compile(r"\bget\s+(?:to\s+)?(?:fibmatch\s+)?([0-9A-Fa-f:.]+)")
_ASKED = re.compile(
    r"(?<![\w.:])((?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)(?:/\d+)?(?![\w.])"
)
_TABLE = re.compile(r"\broute\b.*\btable\s+(\w+)")
_DEVICE = re.compile(r"\bdev\s+([A-Za-z0-9_.@-]{1,15})")
_INTERFACE = re.compile(r"\biif\s+([A-Za-z0-9_.@-]{1,15})")
_TOS = re.compile(r"\b(?:tos|dsfield)\s+(0x[0-9A-Fa-f]{1,2})\b")
_MARK = re.compile(r"\bmark\s+(0x[0-9A-Fa-f]{1,8}|\d{1,10})")


class CannotRead(ValueError):
    """What this is cannot be read; the message says so for the page."""


class NotRecognised(CannotRead):
    """It is unknown which command this output is from."""


def read(
    content: bytes,
    flow: Flow,
    device: str,
    person: str,
    *,
    question: str = "",
    platform: str = "",
    taken_at: float = 0,
    names: Known = MappingProxyType({}),
) -> Evidence:
    """The evidence that a pasted output makes. Raises CannotRead."""
    if not content.strip():
        raise CannotRead("there is nothing in it")
    if len(content) > LARGEST:
        raise CannotRead(f"it is larger than {LARGEST // 1_000_000} MB")
    wanted, kind = _answered(content, question, platform)
    text = "" if is_capture(content) else content.decode("utf-8", "replace")
    typed = typed_command(text)
    command = typed.command.text if typed else ""
    in_part = kind.pasted.picks(command)
    params = _about(wanted, command, without_prompts(text), flow, in_part)
    shown = with_addresses(text, names, flow) if wanted is Question.CAPTURE else text
    left_out = marked(shown)
    bytes_shown = content if left_out.text == text else left_out.text.encode()
    parsed = _in_its_table(_parsed(kind, wanted, bytes_shown, left_out.text, params), command)
    reading = kind.pasted.placed(wanted, parsed, command)
    return Evidence(
        id="",
        query=Query(device, wanted, params, step=_step(wanted, params, flow)),
        status=_status(reading),
        command=command,
        stdout=content,
        records=reading.records,
        unread=reading.unread,
        reason=reading.refused,
        taken_at=taken_at or time.time(),
        truncated=reading.cut
        or bool(typed and typed.command.filtered)
        or _cut(left_out, wanted)
        or in_part,
        pasted_by=person,
    )


def read_each(
    content: bytes, flow: Flow, device: str, person: str, **more: Any
) -> tuple[Evidence, ...]:
    """Every answer that one pasted output gives: a capture in which lines were left out is several
    short ones."""
    stretches = () if is_capture(content) else marked(content.decode("utf-8", "replace")).stretches
    found = [read(content, flow, device, person, **more)]
    if found[0].question is Question.CAPTURE and len(stretches) > 1:
        found = [
            read(one, flow, device, person, **more) for one in _with_command(content, stretches)
        ]
        found = [replace(one, truncated=True) for one in found]
    return tuple(one for item in found for one in apart(item, flow))


def _with_command(content: bytes, stretches: tuple[str, ...]) -> Iterator[bytes]:
    """Each stretch under what was typed above the first."""
    first = content.decode("utf-8", "replace").splitlines(keepends=True)[:1]
    head = first[0] if first and typed_command(first[0]) else ""
    yield stretches[0].encode()
    yield from ((head + one).encode() for one in stretches[1:] if one.strip())


def _cut(found: Marked, question: Question) -> bool:
    return found.omitted or found.paged or (found.ended and not traits(question).endless)


def with_devices_of(
    brought: Iterable[Evidence], inventory: Inventory, names: Iterable[str] = ()
) -> Inventory:
    """A device that somebody pasted an output of is known, even where the inventory does not have
    it; `names` are devices of which nothing could be read."""
    known = tuple(brought)
    every = dict.fromkeys((*names, *(item.device for item in known)))
    missing = [name for name in every if inventory.named(name) is None]
    kind = kinds(item for item in known if item.device in missing)
    usual = platforms.PLATFORMS[0].name
    added = (Device(name, Role.HOST, kind.get(name, usual)) for name in missing)
    return Inventory((*inventory.devices, *added))


def _answered(content: bytes, question: str, platform: str) -> tuple[Question, Platform]:
    found = recognise_output(content)
    system = None if question or is_capture(content) else _unread_system(content, found)
    if system:
        raise CannotRead(f"this looks like {system} output, which is not read yet")
    if not question and found is None:
        raise NotRecognised(
            "it is not clear which command this is from: paste the line with the command too, or"
            " choose"
        )
    asked = Question(question) if question in set(Question) else found[0] if found else None
    kind = platform_named(platform or (found[1] if found else platforms.PLATFORMS[0].name))
    if asked is None or kind is None or asked not in kind.answers:
        raise CannotRead(f"{(platform or question)[:40]!r} is not something that can be read")
    return asked, kind


def _unread_system(content: bytes, found: tuple[Question, str] | None) -> str | None:
    """The system, where a command of it was typed that we do not know, or where it prints what a
    platform of ours prints too."""
    text = content.decode("utf-8", "replace")
    kind = platform_named(found[1]) if found else None
    sure = kind is not None and not kind.pasted.imitated and named_by_command(text)
    return None if sure else system_of(text)


def _parsed(
    kind: Platform, question: Question, content: bytes, text: str, params: QueryParams
) -> ParseResult:
    body = without_prompts(text).encode() if command_line(text) else content
    return reading_of(kind, question, Output(body), params)


def _status(reading: ParseResult) -> Status:
    if reading.refused:
        return Status.REFUSED
    return Status.UNPARSED if reading.unread and not reading.records else Status.ANSWERED


def _about(question: Question, command: str, body: str, flow: Flow, in_part: bool) -> QueryParams:
    """What exactly was asked, as far as the command tells, else the beginning of its output."""
    if question is Question.NEIGHBOURS:
        found = _DEVICE.search(command)
        return QueryParams(interface=found.group(1) if found else None)
    if question is Question.ARP_PROBE:
        return _whom(command, body)
    if question is Question.ROUTES and in_part:
        named = _ASKED.search(command)
        return QueryParams(flow=_toward(named, flow)) if named else QueryParams()
    if question in (Question.NEXTHOP_SETS, Question.TRACE):
        return QueryParams(
            flow=_toward(_ASKED.search(command) or _ASKED.search(_telling(body)), flow)
        )
    if question is Question.PING:
        return QueryParams(flow=flow) if pings(flow, command, body) else QueryParams()
    if traits(question).of_flow:
        return QueryParams(
            flow=flow,
            flows=(flow, flow.reversed()),
            interface=_captured_on(question, command, body),
        )
    if question is not Question.ROUTE_CHOICE:
        return QueryParams()
    iif, mark, tos = (pattern.search(command) for pattern in (_INTERFACE, _MARK, _TOS))
    return QueryParams(
        flow=_toward(_DESTINATION.search(command) or _ASKED.match(body.lstrip()), flow),
        iif=iif.group(1) if iif else None,
        mark=int(mark.group(1), 0) if mark else None,
        tos=int(tos.group(1), 0) if tos else None,
    )


# ARPING 10.0.0.1 from 10.0.0.57 eno1 / arping -I eno1 -c 3 10.0.0.1
_ARPING = re.compile(r"^ARPING ([0-9.]{7,15})(?: from \S{1,60} ([\w.@:-]{1,15}))?", re.M)
_OUT_OF = re.compile(r"\s-[a-zA-Z]*[Ii]\s*([A-Za-z0-9_.@:-]{1,15})")


def _whom(command: str, body: str) -> QueryParams:
    """Whose hardware address was asked for, and on which link: the heading tells, else the
    command."""
    heading, named, wanted = (
        _ARPING.search(body[:2000]),
        _OUT_OF.search(command),
        _ASKED.search(command),
    )
    interface = heading[2] if heading and heading[2] else named[1] if named else None
    try:
        address = ip_address(heading[1] if heading else wanted[1] if wanted else "")
    except ValueError:
        return QueryParams(interface=interface)
    return QueryParams(address=address, interface=interface)


# tcpdump -nevi vlan0.100 host ..., tcpdump -i any, tshark -i en0
_ON = re.compile(
    r"(?:tcpdump|tshark|windump|dumpcap)\b.*?\s(?:-[A-Za-hj-z]*i\s*|--interface[="
    r" ])([\w.@:-]{1,30})"
)


# tcpdump: listening on wg0, link-type RAW (Raw IP), capture size 262144 bytes
_LISTENING = re.compile(r"^(?:tcpdump: )?listening on ([\w.@:-]{1,30}),", re.M)
_ALL = frozenset({"any", "pflog0", "nflog"})


def _captured_on(question: Question, command: str, body: str) -> str | None:
    """The interface that the command named, else the banner; `any` is all of them."""
    if question is not Question.CAPTURE:
        return None
    found = _ON.search(command) or _LISTENING.search(body[:20_000])
    return found[1] if found and found[1] not in _ALL else None


def _step(question: Question, params: QueryParams, flow: Flow) -> str:
    """The way of the reply is a question of its own."""
    return (
        return_route.STEP.id
        if question is Question.ROUTE_CHOICE and params.flow == flow.reversed()
        else "pasted"
    )


def _telling(body: str) -> str:
    """The line that names the target: the heading, else the last hop of a traceroute."""
    lines = body.strip().splitlines() or [""]
    return lines[-1] if re.match(r"\s*1\b", lines[0]) else lines[0]


def _toward(found: re.Match[str] | None, flow: Flow) -> Flow:
    """The direction that was asked about: the reverse when the address is the client's, or in its
    network."""
    if found is None:
        return flow
    try:
        wanted = ip_network(found.group().split()[-1], strict=False)
    except ValueError:
        return flow
    return flow.reversed() if flow.src in wanted and flow.dst not in wanted else flow


def _in_its_table(reading: ParseResult, command: str) -> ParseResult:
    """`ip route show table 100` does not repeat the table in its lines."""
    found = _TABLE.search(command)
    if not found or found.group(1) == "all":
        return reading
    table = found.group(1)
    moved = (
        replace(r, table=table) if isinstance(r, Route) and r.table == "main" else r
        for r in reading.records
    )
    return replace(reading, records=tuple(moved))


def sampled(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Parts of one answer are joined; of what is counted, the first paste is the sample before, the
    last one after."""
    items = tuple(evidence)
    places = dict.fromkeys((item.device, item.question) for item in items if joins(item))
    found: dict[int, Evidence] = {}
    for place in places:
        groups = times(
            item for item in items if joins(item) and (item.device, item.question) == place
        )
        whole = joined(groups)
        found.update(
            _with_samples(groups, whole) if traits(place[1]).counted and len(groups) > 1 else whole
        )
    return tuple(found.get(id(item), item) for item in items)


def _with_samples(groups: list[list[Evidence]], whole: dict[int, Evidence]) -> dict[int, Evidence]:
    return {
        id(item): _as_sample(whole[id(item)], "after" if at else "before")
        for at, group in enumerate(groups)
        for item in group
    }


def _as_sample(item: Evidence, sample: str) -> Evidence:
    return replace(item, query=replace(item.query, params=replace(item.params, sample=sample)))
