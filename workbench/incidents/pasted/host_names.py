"""Which addresses have the names of hosts that a capture shows? As the inventory and other pastes tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Address
from collectors.model.inventory import Inventory
from collectors.model.records import Interface
from collectors.paste.names import Known, hosts_of
from collectors.paste.recognise import outputs, typed_command, without_prompts
from workbench.incidents.pasted.piece_text import NOTHING_TYPED, text_of, typed_above

NO_NAMES: Known = MappingProxyType({})
_HOSTS_FILE = re.compile(r"(?:cat|less|more|head) /etc/hosts\b")


def is_hosts_file(command: str) -> bool:
    """Does the command print /etc/hosts?"""
    return _HOSTS_FILE.match(command) is not None


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
        _add(found, dict.fromkeys(_names(item), held))
    for content in contents:
        _add(found, _in_hosts_files(content))
    return {name: addresses for name, addresses in found.items() if addresses}


def _names(item: Evidence) -> set[str]:
    """A device is known by its name here, and by the name in its own prompt."""
    names = {item.device}
    if item.question is Question.INTERFACES:
        names.add(typed_above(item.stdout).host or item.device)
    return {name.lower() for name in names if name}


def _in_hosts_files(content: bytes) -> dict[str, tuple[Address, ...]]:
    found: dict[str, tuple[Address, ...]] = {}
    pieces = outputs(text_of(content)) if b"/etc/hosts" in content else ()
    for piece in pieces:
        typed = typed_command(piece) or NOTHING_TYPED
        if "/etc/hosts" in typed.typed:
            _add(found, hosts_of(without_prompts(piece)))
    return found


def _add(found: dict[str, tuple[Address, ...]], more: Mapping[str, tuple[Address, ...]]) -> None:
    for name, addresses in more.items():
        found[name] = tuple(dict.fromkeys((*found.get(name, ()), *addresses)))
