"""Reads what a person pasted or uploaded for a device: which question it answers, and what the
parser makes of it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from collectors import platforms
from collectors.answering import reading_of
from collectors.model.answer import Output, ParseResult
from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import Flow
from collectors.model.inventory import Device, Inventory, Role
from collectors.model.pasted import PastedText
from collectors.model.platform import Platform
from collectors.model.questions import traits
from collectors.paste.marks import Marked, marked
from collectors.paste.names import Known, with_addresses
from collectors.paste.recognise import (
    Found,
    command_line,
    named_by_command,
    recognise_output,
    typed_command,
    without_prompts,
)
from collectors.paste.systems import system_of
from collectors.platforms import platform_named
from collectors.playbook import return_route
from workbench.incidents.pasted.kinds_of_devices import kinds
from workbench.incidents.pasted.piece_text import NOTHING_TYPED, text_of
from workbench.incidents.pasted.socket_lists import apart

LARGEST = 10_000_000  # bytes


class CannotRead(ValueError):
    """What this is cannot be read; the message says so for the page."""


class NotRecognised(CannotRead):
    """It is unknown which command this output is from."""


class UnreadOutput(CannotRead):
    """Output of a system that no parser reads yet."""

    def __init__(self, system: str) -> None:
        super().__init__(f"this looks like {system} output, which is not read yet")


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
    _refuse_by_size(content)
    wanted, kind = _answered(content, question, platform)
    text = text_of(content)
    typed = (typed_command(text) or NOTHING_TYPED).command
    command = typed.text
    picked = kind.pasted.picks(command)
    params = kind.pasted.asked(PastedText(wanted, flow, command, without_prompts(text)))
    shown = with_addresses(text, names, flow) if wanted is Question.CAPTURE else text
    left_out = marked(shown)
    bytes_shown = content if left_out.text == text else left_out.text.encode()
    parsed = _parsed(kind, wanted, bytes_shown, left_out.text, params)
    reading = kind.pasted.placed(wanted, parsed, command)
    in_part = any((reading.cut, typed.filtered, picked, _ends_early(left_out, wanted)))
    return Evidence(
        id="",
        query=Query(device, wanted, params, step=_step(wanted, params, flow)),
        status=_status(reading),
        command=command,
        stdout=content,
        records=reading.records,
        unread=reading.unread,
        harmless=reading.harmless,
        reason=reading.refused,
        taken_at=taken_at or time.time(),
        truncated=in_part,
        pasted_by=person,
    )


def _refuse_by_size(content: bytes) -> None:
    if not content.strip():
        raise CannotRead("there is nothing in it")
    if len(content) > LARGEST:
        raise CannotRead(f"it is larger than {LARGEST // 1_000_000} MB")


def read_each(
    content: bytes, flow: Flow, device: str, person: str, **more: Any
) -> tuple[Evidence, ...]:
    """Every answer that one pasted output gives: a capture in which lines were left out is several
    short ones."""
    stretches = marked(text_of(content)).stretches
    found = [read(content, flow, device, person, **more)]
    if found[0].question is Question.CAPTURE and len(stretches) > 1:
        parts = _with_command(content, stretches)
        read_apart = (read(part, flow, device, person, **more) for part in parts)
        found = [replace(part, truncated=True) for part in read_apart]
    return tuple(one for item in found for one in apart(item, flow))


def _with_command(content: bytes, stretches: tuple[str, ...]) -> Iterator[bytes]:
    """Each stretch under what was typed above the first."""
    first_line = "".join(text_of(content).splitlines(keepends=True)[:1])
    head = first_line if typed_command(first_line) else ""
    first, *later = stretches
    yield first.encode()
    for stretch in later:
        if stretch.strip():
            yield (head + stretch).encode()


def _ends_early(found: Marked, question: Question) -> bool:
    if found.omitted or found.paged:
        return True
    return found.ended and not traits(question).endless


def with_devices_of(
    pasted: Iterable[Evidence], inventory: Inventory, names: Iterable[str] = ()
) -> Inventory:
    """A device that somebody pasted an output of is known, even where the inventory does not have
    it; `names` are devices of which nothing could be read."""
    items = tuple(pasted)
    every = dict.fromkeys((*names, *(item.device for item in items)))
    missing = [name for name in every if inventory.named(name) is None]
    kind = kinds(item for item in items if item.device in missing)
    usual = platforms.PLATFORMS[0].name
    added = (Device(name, Role.HOST, kind.get(name, usual)) for name in missing)
    return Inventory((*inventory.devices, *added))


def _answered(content: bytes, question: str, platform: str) -> tuple[Question, Platform]:
    found = recognise_output(content)
    if not question:
        _refuse_unknown(content, found)
    asked, name = _chosen(found, question)
    kind = platform_named(platform or name)
    if asked is None or kind is None or asked not in kind.answers:
        raise CannotRead(f"{(platform or question)[:40]!r} is not something that can be read")
    return asked, kind


def _refuse_unknown(content: bytes, found: Found | None) -> None:
    """Nobody chose the question, and the output does not tell it."""
    system = _unread_system(text_of(content), found)
    if system:
        raise UnreadOutput(system)
    if found is None:
        raise NotRecognised(
            "it is not clear which command this is from: paste the line with the command too, or"
            " choose"
        )


def _chosen(found: Found | None, question: str) -> tuple[Question | None, str]:
    """The question that a person chose, else the recognised one; and the platform's name."""
    recognised, name = found or (None, platforms.PLATFORMS[0].name)
    return (Question(question) if question in set(Question) else recognised), name


def _unread_system(text: str, found: Found | None) -> str | None:
    """The system, where a command of it was typed that we do not know, or where it prints what a
    platform of ours prints too."""
    return None if _surely_ours(text, found) else system_of(text)


def _surely_ours(text: str, found: Found | None) -> bool:
    kind = platform_named(found[1]) if found else None
    if kind is None or kind.pasted.imitated:
        return False
    return named_by_command(text)


def _parsed(
    kind: Platform, question: Question, content: bytes, text: str, params: QueryParams
) -> ParseResult:
    body = without_prompts(text).encode() if command_line(text) else content
    return reading_of(kind, question, Output(body), params)


def _status(reading: ParseResult) -> Status:
    if reading.refused:
        return Status.REFUSED
    nothing_read = reading.unread and not reading.records
    return Status.UNPARSED if nothing_read else Status.ANSWERED


def _step(question: Question, params: QueryParams, flow: Flow) -> str:
    """The path of the reply is a question of its own."""
    of_the_reply = question is Question.ROUTE_CHOICE and params.flow == flow.reversed()
    return return_route.STEP.id if of_the_reply else "pasted"
