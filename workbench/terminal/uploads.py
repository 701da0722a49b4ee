"""The files of --pasted: what each device said, read as on the pages, and a line for each piece of
them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from collectors.model.flow import Flow
from collectors.model.inventory import Inventory
from collectors.paste.names import Known
from workbench.incidents.pasted import pasting, pieces
from workbench.incidents.pasted.host_names import NO_NAMES, names_of
from workbench.incidents.pasted.pieces import Piece, ReadPaste
from workbench.incidents.pasted.samples import sampled

_UNUSUAL = re.compile(r"[^\w.-]")  # letters that no name of a device holds


class NotThere(Exception):
    """No file that was named can be opened; one sentence."""


@dataclass(frozen=True, slots=True)
class File:
    """One file: whose output it is ("" = its prompts say), and what is in it."""

    device: str
    path: Path
    content: bytes


def bring(words: Iterable[str], flow: Flow, inventory: Inventory) -> ReadPaste:
    """Everything that the files say, numbered p1, p2 ...; one that cannot be read is a line, not
    the end of the run."""
    files, missing = list[File](), list[Piece]()
    for word in words:
        device, path = _named(word)
        try:
            files.append(File(device, path, path.read_bytes()))
        except OSError as error:
            reason = f"cannot read {path}: {error.strerror or error}"
            missing.append(Piece(device or path.name, str(path), note=reason))
    if missing and not files:
        raise NotThere("; ".join(piece.note for piece in missing))
    pasted = _numbered(_twice(files, flow, inventory), tuple(missing))
    if files and not _worth_a_run(pasted, inventory):
        raise NotThere(f"{files[0].path}: {pasted.pieces[0].note}")
    return pasted


def _worth_a_run(pasted: ReadPaste, inventory: Inventory) -> bool:
    """Is there anything to say of the flow? That a system is not read yet is worth saying."""
    if pasted.evidence or inventory.devices:
        return True
    return any(piece.unread_system for piece in pasted.pieces)


def _named(word: str) -> tuple[str, Path]:
    """DEVICE=FILE, or FILE alone."""
    device, equals, path = word.partition("=")
    names_a_device = device and "/" not in device
    if names_a_device and path:
        return device, Path(path)
    no_path = equals and not path
    if no_path or not Path(word).exists():
        raise NotThere(f"--pasted takes DEVICE=FILE, or a FILE that is there, not {word[:80]!r}")
    return "", Path(word)


def _twice(files: list[File], flow: Flow, inventory: Inventory) -> list[ReadPaste]:
    """Names of hosts in a capture may be known from what another file says."""
    first = [_read(file, flow, inventory, NO_NAMES) for file in files]
    contents = (file.content for file in files)
    evidence = chain.from_iterable(paste.evidence for paste in first)
    names = names_of(contents, evidence, inventory)
    if not names:
        return first
    return [_read(file, flow, inventory, names) for file in files]


def _read(file: File, flow: Flow, inventory: Inventory, names: Known) -> ReadPaste:
    person = os.environ.get("USER", "somebody")
    known = [device.name for device in inventory.devices]
    try:
        return pieces.read_all(file.content, flow, file.device, person, names=names, known=known)
    except pieces.NothingRead as why:
        return ReadPaste((), why.pieces)
    except pasting.CannotRead as why:
        if not file.device:
            return _by_its_name(file, flow, names)
        return ReadPaste((), (Piece(file.device, file.path.name, note=str(why)),))


def _by_its_name(file: File, flow: Flow, names: Known) -> ReadPaste:
    """Neither the command line nor a prompt says whose it is: the file's name is what is left."""
    device = _UNUSUAL.sub("-", file.path.stem) or "device"
    try:
        return pieces.read_all(
            file.content, flow, device.lstrip("._-") or "device", "somebody", names=names
        )
    except pieces.NothingRead as why:
        return ReadPaste((), why.pieces)
    except pasting.CannotRead as why:
        return ReadPaste((), (Piece(device, file.path.name, note=str(why)),))


def _numbered(pastes: list[ReadPaste], missing: tuple[Piece, ...]) -> ReadPaste:
    items = chain.from_iterable(paste.evidence for paste in pastes)
    taken = chain.from_iterable(paste.pieces for paste in pastes)
    numbered = (item.renamed(f"p{number}") for number, item in enumerate(items, 1))
    return ReadPaste(sampled(numbered), (*taken, *missing))
