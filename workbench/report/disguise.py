"""An incident for eyes outside: devices as letters, people as nobody in particular, addresses that
are not those of the flow left out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address
from string import ascii_uppercase
from typing import Any

# where a drop says which rule or route it was
_RULE = re.compile(r":|,? (?:rule|route)\b")
# words that stand for the ends of a flow in every sentence
PLAIN = frozenset({"", "?", "client", "server", "somebody", "bothways"})
_ADDRESS = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})"
    r"(?:/\d{1,3})?(?![\w.])"
)
# fields whose values are codes, not words
CODES = frozenset({"root_cause", "verdict", "direction", "basis", "boundary", "disposition"})
# what the picture of the paths tells of a hop when devices are letters
HOP_FIELDS = frozenset(
    {"key", "name", "managed", "basis", "boundary", "reached", "came_in", "went_out"}
    | {"drop", "lost_after", "loses", "suspect", "end"}
)


def letters(names: Iterable[str]) -> dict[str, str]:
    """`device A`, `device B` … for each name, in the order in which they come."""
    several = dict.fromkeys(name.casefold() for name in names)
    kept = [name for name in several if name not in PLAIN]
    return {name: f"device {_letter(number)}" for number, name in enumerate(kept)}


def _letter(number: int) -> str:
    more, one = divmod(number, len(ascii_uppercase))
    return (_letter(more - 1) if more else "") + ascii_uppercase[one]


@dataclass(frozen=True, slots=True)
class Disguise:
    """Which words stand for which names (in small letters), and which addresses may be seen."""

    names: dict[str, str] = field(default_factory=dict)
    addresses: frozenset[str] | None = None  # None = all

    def text(self, text: str) -> str:
        """A text without the names. They are found inside longer words, too: `to-fw-b`."""
        told = self._named(text) if self.names else text
        return told if self.addresses is None else _ADDRESS.sub(self._address, told)

    def value(self, value: Any) -> Any:
        """Every text in plain JSON, without the names."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: item if key in CODES else self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return value

    def picture(self, picture: dict[str, Any]) -> dict[str, Any]:
        """The picture of the paths; where addresses are hidden, with no more of a hop than where it
        stands and what becomes of the packet."""
        known = ("flow", "client", "server", "forward", "reverse", "divergent", "blame")
        told = {name: picture[name] for name in known if name in picture}
        for side in ("forward", "reverse"):
            hops = [self._hop(hop) for hop in told[side]["hops"]]
            told[side] = told[side] | {"hops": hops}
        found: dict[str, Any] = self.value(told)
        return found

    def _hop(self, hop: dict[str, Any]) -> dict[str, Any]:
        if self.addresses is None:
            return hop | {"evidence": []}
        told = {name: value for name, value in hop.items() if name in HOP_FIELDS}
        told["lost_after"] = bool(told.get("lost_after"))
        return told | {
            name: _RULE.split(told[name])[0].strip() for name in ("drop", "loses") if told.get(name)
        }

    def _named(self, text: str) -> str:
        here = [name for name in self.names if name in text.casefold()]
        if not here:
            return text
        longest_first = sorted(here, key=len, reverse=True)
        found = "|".join(map(re.escape, longest_first))
        names = re.compile(rf"(?<![^\W_])(?:{found})(?![^\W_])", re.IGNORECASE)
        return names.sub(lambda match: self.names.get(match[0].casefold(), "a device"), text)

    def _address(self, found: re.Match[str]) -> str:
        text = found[0]
        try:
            address = ip_address(text.split("/")[0])
        except ValueError:
            return text
        return text if str(address) in (self.addresses or ()) else "an address"
