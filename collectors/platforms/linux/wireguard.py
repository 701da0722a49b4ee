"""`wg show`: which peer of a tunnel stands for which addresses, and when it was last heard."""

from __future__ import annotations

import re

from collectors.model.platform import Reading, Unparsed
from collectors.model.records import Setting
from collectors.platforms.reading import WIDEST, each

_HEAD = re.compile(r"(?P<kind>interface|peer): (?P<name>\S{1,60})")
_FIELD = re.compile(r"\s*(?P<name>[a-z][a-z ]{1,30}): (?P<value>.*)")


def is_wireguard(text: str) -> bool:
    """Is this the output of `wg show` or of `wg`?"""
    return bool(re.match(r"\s*interface: \S+\n\s+(?:public key|listening port|private key): ", text))


def read_wireguard(lines: list[str]) -> Reading:
    """Everything but the keys as settings: `wireguard.wg0.peer AbC.. .allowed ips` = "10.0.0.0/24"."""
    place = {"interface": "", "peer": ""}

    def one(line: str) -> Setting | None:
        if head := _HEAD.fullmatch(line.strip()):
            place[head["kind"]] = head["name"]
            place["peer"] = head["name"] if head["kind"] == "peer" else ""
            return None
        found = _FIELD.fullmatch(line)
        if not found or not place["interface"]:
            raise Unparsed(line)
        if "key" in found["name"]:
            return None
        whose = f"{place['interface']}.peer {place['peer'][:8]}" if place["peer"] else place["interface"]
        return Setting(f"wireguard.{whose}.{found['name']}", found["value"].strip())

    return each(lines, one, WIDEST)
