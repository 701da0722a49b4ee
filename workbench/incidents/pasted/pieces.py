"""A paste as its pieces: each gives an answer, or is named with the reason why not. Nothing is lost
silently."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Address, Flow
from collectors.model.inventory import Inventory
from collectors.model.records import Interface
from collectors.paste.escapes import without_escapes
from collectors.paste.names import Known, hosts_of
from collectors.paste.prompts import Typed
from collectors.paste.recognise import outputs, recognise_output, typed_command, without_prompts
from collectors.paste.systems import system_of
from collectors.paste.wrappers import Command
from collectors.pcap.capture import is_capture
from workbench.incidents.pasted import pasting
from workbench.incidents.pasted.chained_commands import each_apart
from workbench.incidents.pasted.log_ages import aged
from workbench.incidents.pasted.log_writers import by_writers
from workbench.incidents.pasted.pasting import CannotRead, NotRecognised

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@-]{0,99}")
NO_NAMES: Known = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Piece:
    """What became of one piece of a paste. No question = it is no evidence, and `note` says why."""

    device: str
    command: str  # what was typed, else the first line
    question: str | None = None
    records: int = 0
    unread: int = 0
    first_unread: str = ""
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def __str__(self) -> str:
        """One line for people."""
        if self.question is None:
            return f"{self.device}: {self.command}: not taken: {self.note}"
        unread = (
            f", {self.unread} lines not read, the first: {self.first_unread}" if self.unread else ""
        )
        note = f" ({self.note})" if self.note else ""
        return (
            f"{self.device}: {self.command}: {self.question}, {self.records} records{unread}{note}"
        )


@dataclass(frozen=True, slots=True)
class ReadPaste:
    """What one paste gave, and a line for each of its pieces."""

    evidence: tuple[Evidence, ...]
    pieces: tuple[Piece, ...] = ()

    @property
    def left_out(self) -> tuple[str, ...]:
        """The pieces that answer no question: their commands, or their first lines."""
        return tuple(piece.command for piece in self.pieces if piece.question is None)


class NothingRead(CannotRead):
    """No piece of a paste is an answer; `pieces` say why."""

    def __init__(self, message: str, pieces: tuple[Piece, ...]) -> None:
        super().__init__(message)
        self.pieces = pieces


def read_all(
    content: bytes,
    flow: Flow,
    device: str,
    person: str,
    *,
    question: str = "",
    platform: str = "",
    names: Known = NO_NAMES,
    known: Iterable[str] = (),
) -> ReadPaste:
    """Every answer in a terminal's text, one for each command that was typed. Raises NothingRead
    when there is none.

    Without a device the prompt names it. `known` are the devices of the inventory, `names` the
    addresses of host names.
    """
    texts = _pieces(content, question)
    asked = [_typed(text) for text in texts]
    given = device or next((one.host for one in asked if one and one.host), "")
    if not _NAME.fullmatch(given):
        raise CannotRead("no prompt in it names the device; say which device this comes from")
    owners = _owners(given, asked, frozenset(known))
    system = None if is_capture(content) else system_of(content.decode("utf-8", "replace"))
    found, pieces = list[Evidence](), list[Piece]()
    for text, typed, owner in zip(texts, asked, owners, strict=True):
        try:
            told = pasting.read_each(
                text, flow, owner, person, question=question, platform=platform, names=names
            )
        except CannotRead as why:
            pieces.append(
                _left_out(owner, typed, text, _reason(why, typed, None if found else system))
            )
            continue
        found.extend(told)
        pieces.extend(_taken(one, typed) for one in told)
    if not found:
        raise NothingRead(_why_nothing(pieces), tuple(pieces))
    items = tuple(aged(found, zip(owners, texts, strict=True)))
    told_apart = tuple(by_writers(items)) if not device else items
    others = {item.device for item in told_apart} - {item.device for item in items}
    written = (_taken(item, None) for item in told_apart if item.device in others)
    return ReadPaste(told_apart, (*pieces, *written))


def _pieces(content: bytes, question: str) -> list[bytes]:
    if question or is_capture(content) or len(content) > pasting.LARGEST:
        return [content]
    pieces = [
        piece.encode() for piece in outputs(content.decode("utf-8", "replace")) if piece.strip()
    ]
    return [part for piece in pieces for part in each_apart(piece)] or [content]


def _typed(piece: bytes) -> Typed | None:
    return None if is_capture(piece) else typed_command(piece.decode("utf-8", "replace"))


def _owners(given: str, asked: list[Typed | None], known: frozenset[str]) -> list[str]:
    """Whose piece is it? Another prompt in the same text, a container, a namespace: another network
    stack."""
    hosts = list(dict.fromkeys(one.host for one in asked if one and one.host))
    own = next(
        (host for host in hosts if host.lower() == given.lower()), hosts[0] if hosts else None
    )
    places = {one.command.place if one else None for one in asked if one and one.typed}
    above = _prompts_above(asked)
    return [_owner(given, one, own, known, mixed=len(places) > 1) for one in above]


def _prompts_above(asked: list[Typed | None]) -> list[Typed | None]:
    """What stands below an answer and has no command of its own is of the same terminal, outside of
    wrappers."""
    found = list[Typed | None]()
    last: Typed | None = None
    for one in asked:
        last = replace(one, command=Command("")) if one else last
        found.append(one or last)
    return found


def _owner(
    given: str, typed: Typed | None, own: str | None, known: frozenset[str], *, mixed: bool
) -> str:
    if typed is None:
        return given
    device = typed.host if typed.host and typed.host != own else given
    place = typed.command.place if mixed else None
    if place is None:
        return device
    return place if place in known else f"{device}:{place}"


def _reason(why: CannotRead, typed: Typed | None, system: str | None) -> str:
    """A piece beside others of a system that is not read is most likely of that system, too."""
    if not isinstance(why, NotRecognised):
        return str(why)
    if system:
        return f"this looks like {system} output, which is not read yet"
    return (
        "this command and its output answer no question of the playbook"
        if typed and typed.typed
        else str(why)
    )


def _left_out(device: str, typed: Typed | None, text: bytes, why: str) -> Piece:
    if typed and re.match(r"(?:cat|less|more|head) /etc/hosts\b", typed.command.text):
        return Piece(
            device,
            typed.command.text,
            note=f"{len(hosts_of(_shown(text)))} names of hosts, used in captures",
        )
    if typed and re.match(r"date\b", typed.command.text):
        return Piece(
            device,
            typed.command.text,
            note="it gives the time, which shows whether log lines are new or old",
        )
    return Piece(device, _name(typed, text), note=why)


def _name(typed: Typed | None, text: bytes) -> str:
    if typed and typed.command.text:
        return typed.command.text[:80]
    if is_capture(text):
        return "a capture file"
    return (_shown(text).strip().splitlines() or ["an empty text"])[0][:80]


def _shown(text: bytes) -> str:
    return without_escapes(text.decode("utf-8", "replace"))


def _taken(item: Evidence, typed: Typed | None) -> Piece:
    first = item.unread[0].strip()[:160] if item.unread else ""
    part = "a part of the answer: it was filtered or cut" if item.truncated else ""
    notes = [item.reason or "", part, _mixed(item), _balancer(item)]
    return Piece(
        item.device,
        _name(typed, item.stdout),
        item.question.value,
        len(item.records),
        len(item.unread),
        first,
        "; ".join(note for note in notes if note),
    )


def _balancer(item: Evidence) -> str:
    """The services of the kernel's load balancer are kept among the rules of translation."""
    services = item.question is Question.FILTER_LEGACY and item.command.startswith("ipvsadm")
    return (
        "services of the kernel's load balancer, used as translations and as nothing else"
        if services
        else ""
    )


def _mixed(item: Evidence) -> str:
    """Do its unread lines look like another output that stands in the same piece?"""
    if len(item.unread) < 2 or is_capture(item.stdout):
        return ""
    other = recognise_output("\n".join(item.unread[:200]))
    if other is None or other[0] is item.question:
        return ""
    return f"its unread lines look like {other[0].value}: paste the two apart"


def _why_nothing(pieces: list[Piece]) -> str:
    reasons = list(dict.fromkeys(piece.note for piece in pieces))
    if len(pieces) == 1:
        return reasons[0]
    named = [reason for reason in reasons if "looks like" in reason]
    return (
        named[0]
        if named
        else f"none of its {len(pieces)} commands answers a question of the playbook"
    )


# --- names of hosts ---


def names_of(
    contents: Iterable[bytes], evidence: Iterable[Evidence], inventory: Inventory
) -> Known:
    """The addresses of names: the inventory's, those of devices that showed their interfaces, any
    pasted /etc/hosts."""
    found: dict[str, tuple[Address, ...]] = {}
    for device in inventory.devices:
        _add(found, {device.name.lower(): tuple(one.ip for one in device.addresses)})
    for item in evidence:
        held = tuple(one.ip for link in item.of(Interface) for one in link.addresses)
        _add(found, {name.lower(): held for name in (item.device, _host(item)) if name})
    for content in contents:
        if b"/etc/hosts" in content and not is_capture(content):
            for piece in outputs(content.decode("utf-8", "replace")):
                typed = typed_command(piece)
                _add(
                    found,
                    (
                        hosts_of(without_prompts(piece))
                        if typed and "/etc/hosts" in typed.typed
                        else {}
                    ),
                )
    return {name: addresses for name, addresses in found.items() if addresses}


def _host(item: Evidence) -> str | None:
    typed = _typed(item.stdout) if item.question is Question.INTERFACES else None
    return typed.host if typed else None


def _add(found: dict[str, tuple[Address, ...]], more: Mapping[str, tuple[Address, ...]]) -> None:
    for name, addresses in more.items():
        found[name] = tuple(dict.fromkeys((*found.get(name, ()), *addresses)))
