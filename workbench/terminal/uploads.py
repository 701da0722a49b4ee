"""The files of --pasted: what each device said, read as on the pages, and a line for each piece of
them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from collectors.model.flow import Flow
from collectors.model.inventory import Inventory
from collectors.paste.names import Known
from workbench.incidents.pasted import pasting, pieces
from workbench.incidents.pasted.pieces import NO_NAMES, Piece, ReadPaste


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
    brought = _numbered(_twice(files, flow, inventory), tuple(missing))
    if files and not (
        brought.evidence or inventory.devices or any("looks like" in p.note for p in brought.pieces)
    ):
        raise NotThere(f"{files[0].path}: {brought.pieces[0].note}")
    return brought


def _named(word: str) -> tuple[str, Path]:
    """DEVICE=FILE, or FILE alone."""
    device, equals, path = word.partition("=")
    if equals and path and device and "/" not in device:
        return device, Path(path)
    if (equals and not path) or not Path(word).exists():
        raise NotThere(f"--pasted takes DEVICE=FILE, or a FILE that is there, not {word[:80]!r}")
    return "", Path(word)


def _twice(files: list[File], flow: Flow, inventory: Inventory) -> list[ReadPaste]:
    """Names of hosts in a capture may be known from what another file says."""
    first = [_read(file, flow, inventory, NO_NAMES) for file in files]
    contents = (file.content for file in files)
    names = pieces.names_of(contents, (item for one in first for item in one.evidence), inventory)
    return [_read(file, flow, inventory, names) for file in files] if names else first


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
    device = (
        "".join(letter if letter.isalnum() or letter in "._-" else "-" for letter in file.path.stem)
        or "device"
    )
    try:
        return pieces.read_all(
            file.content, flow, device.lstrip("._-") or "device", "somebody", names=names
        )
    except pieces.NothingRead as why:
        return ReadPaste((), why.pieces)
    except pasting.CannotRead as why:
        return ReadPaste((), (Piece(device, file.path.name, note=str(why)),))


def _numbered(brought: list[ReadPaste], missing: tuple[Piece, ...]) -> ReadPaste:
    items = [item for one in brought for item in one.evidence]
    evidence = pasting.sampled(item.renamed(f"p{number}") for number, item in enumerate(items, 1))
    return ReadPaste(evidence, (*(piece for one in brought for piece in one.pieces), *missing))
