"""A paste as its pieces: each gives an answer, or is named with the reason why not. Nothing is lost
silently."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Flow
from collectors.paste.escapes import without_escapes
from collectors.paste.names import Known, hosts_of
from collectors.paste.prompts import Typed
from collectors.paste.recognise import outputs, recognise_output
from collectors.paste.systems import system_of
from collectors.pcap.capture import is_capture
from workbench.incidents.pasted import pasting
from workbench.incidents.pasted.chained_commands import each_apart
from workbench.incidents.pasted.host_names import NO_NAMES, is_hosts_file
from workbench.incidents.pasted.log_ages import aged
from workbench.incidents.pasted.log_writers import by_writers
from workbench.incidents.pasted.owners import owners_of
from workbench.incidents.pasted.pasting import CannotRead, NotRecognised, UnreadOutput
from workbench.incidents.pasted.piece_text import NOTHING_TYPED, text_of, typed_above

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@-]{0,99}")


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
    unread_system: bool = False  # it is output of a system that no parser reads yet

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        fields = asdict(self)
        del fields["unread_system"]  # its note says so
        return fields

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
    typed = [typed_above(text) for text in texts]
    hosts = [line.host for line in typed if line.host]
    given = device or next(iter(hosts), "")
    if not _NAME.fullmatch(given):
        raise CannotRead("no prompt in it names the device; say which device this comes from")
    owners = owners_of(typed, given, frozenset(known))
    system = system_of(text_of(content))
    found, pieces = list[Evidence](), list[Piece]()
    for text, line, owner in zip(texts, typed, owners, strict=True):
        try:
            answers = pasting.read_each(
                text, flow, owner, person, question=question, platform=platform, names=names
            )
        except CannotRead as why:
            around = None if found else system
            pieces.append(_left_out(owner, line, text, _reason(why, line, around)))
            continue
        found.extend(answers)
        pieces.extend(_taken(answer, line) for answer in answers)
    if not found:
        raise NothingRead(_why_nothing(pieces), tuple(pieces))
    items = tuple(aged(found, zip(owners, texts, strict=True)))
    if device:
        return ReadPaste(items, tuple(pieces))
    return _by_writers(items, pieces)


def _by_writers(items: tuple[Evidence, ...], pieces: list[Piece]) -> ReadPaste:
    """Log lines of other machines are pieces of their own."""
    apart = tuple(by_writers(items))
    others = {item.device for item in apart} - {item.device for item in items}
    written = (_taken(item, NOTHING_TYPED) for item in apart if item.device in others)
    return ReadPaste(apart, (*pieces, *written))


def _pieces(content: bytes, question: str) -> list[bytes]:
    found = list[bytes]()
    whole = question or len(content) > pasting.LARGEST
    for piece in () if whole else outputs(text_of(content)):
        if piece.strip():
            found.extend(each_apart(piece.encode()))
    return found or [content]


def _reason(why: CannotRead, typed: Typed, system: str | None) -> CannotRead:
    """A piece beside others of a system that is not read is most likely of that system, too."""
    if not isinstance(why, NotRecognised):
        return why
    if system:
        return UnreadOutput(system)
    if typed.typed:
        return NotRecognised("this command and its output answer no question of the playbook")
    return why


def _left_out(device: str, typed: Typed, text: bytes, why: CannotRead) -> Piece:
    command = typed.command.text
    use = _used_otherwise(command, text)
    if use:
        return Piece(device, command, note=use)
    unread = isinstance(why, UnreadOutput)
    return Piece(device, _name(typed, text), note=str(why), unread_system=unread)


def _used_otherwise(command: str, text: bytes) -> str:
    """What an output is good for that answers no question; "" = nothing."""
    if is_hosts_file(command):
        return f"{len(hosts_of(_shown(text)))} names of hosts, used in captures"
    if re.match(r"date\b", command):
        return "it gives the time, which shows whether log lines are new or old"
    return ""


def _name(typed: Typed, text: bytes) -> str:
    if typed.command.text:
        return typed.command.text[:80]
    if is_capture(text):
        return "a capture file"
    lines = _shown(text).strip().splitlines() or ["an empty text"]
    return lines[0][:80]


def _shown(text: bytes) -> str:
    return without_escapes(text.decode("utf-8", "replace"))


def _taken(item: Evidence, typed: Typed) -> Piece:
    first = "".join(item.unread[:1]).strip()[:160]
    part = "a part of the answer: it was filtered or cut" if item.truncated else ""
    notes = filter(None, (item.reason, part, _mixed(item), _balancer(item)))
    return Piece(
        item.device,
        _name(typed, item.stdout),
        item.question.value,
        len(item.records),
        len(item.unread),
        first,
        "; ".join(notes),
    )


def _balancer(item: Evidence) -> str:
    """The services of the kernel's load balancer are kept among the rules of translation."""
    services = item.question is Question.FILTER_LEGACY and item.command.startswith("ipvsadm")
    if not services:
        return ""
    return "services of the kernel's load balancer, used as translations and as nothing else"


def _mixed(item: Evidence) -> str:
    """Do its unread lines look like another output that stands in the same piece?"""
    if len(item.unread) < 2 or is_capture(item.stdout):
        return ""
    other = recognise_output("\n".join(item.unread[:200]))
    if other is None or other[0] is item.question:
        return ""
    return f"its unread lines look like {other[0].value}: paste the two apart"


def _why_nothing(pieces: list[Piece]) -> str:
    if len(pieces) == 1:
        return pieces[0].note
    unread = [piece.note for piece in pieces if piece.unread_system]
    if unread:
        return unread[0]
    return f"none of its {len(pieces)} commands answers a question of the playbook"
