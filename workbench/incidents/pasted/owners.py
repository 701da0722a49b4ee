"""Whose is each piece of a paste? Another prompt in the same text, a container, a namespace: another
network stack."""

from __future__ import annotations

from dataclasses import replace

from collectors.paste.prompts import Typed
from collectors.paste.wrappers import Command
from workbench.incidents.pasted.piece_text import NOTHING_TYPED


def owners_of(typed: list[Typed], given: str, known: frozenset[str]) -> list[str]:
    """The device of each piece, by what was typed above it. `given`: the device of the paste;
    `known`: those of the inventory."""
    own = _own_prompt(typed, given)
    places = {line.command.place for line in typed if line.typed}
    mixed = len(places) > 1
    return [_owner(given, line, own, known, mixed=mixed) for line in _prompts_above(typed)]


def _own_prompt(typed: list[Typed], given: str) -> str | None:
    """The name in the prompts of the device itself: its own name, else the first one."""
    hosts = [line.host for line in typed if line.host]
    by_name = {host.lower(): host for host in reversed(hosts)}
    return by_name.get(given.lower()) or next(iter(hosts), None)


def _prompts_above(typed: list[Typed]) -> list[Typed]:
    """What stands below an answer and has no command of its own is of the same terminal, outside of
    wrappers."""
    found, last = list[Typed](), NOTHING_TYPED
    for line in typed:
        if line.typed:
            last = replace(line, command=Command(""))
        found.append(line if line.typed else last)
    return found


def _owner(given: str, typed: Typed, own: str | None, known: frozenset[str], *, mixed: bool) -> str:
    device = typed.host if typed.host and typed.host != own else given
    place = typed.command.place
    if place is None or not mixed:
        return device
    return place if place in known else f"{device}:{place}"
