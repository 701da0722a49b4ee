"""nft's own text (`nft list ruleset|table|chain`) as the objects that `nft -j` would give."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from collectors.model.answer import ParseResult
from collectors.platforms.linux import nft_statements
from collectors.platforms.linux.filter_words import PRIORITIES

Json = Any

_HANDLE = r"(?:\s*# handle \d+)?"  # nft -a
_TABLE = re.compile(r"table\s+(?:(ip6?|inet|bridge|arp|netdev)\s+)?(\S+)\s*\{" + _HANDLE)
_CHAIN = re.compile(r"chain\s+(\S+)\s*\{" + _HANDLE)
_OBJECT = re.compile(
    r"(set|map|counter|quota|limit|flowtable|meter|ct \w+|secmark|synproxy)\s+(\S+)\s*\{" + _HANDLE
)
# type filter hook ingress device "lo" priority filter + 5; policy drop;
_BASE = re.compile(
    r"type\s+(?P<kind>\w+)\s+hook\s+(?P<hook>\w+)(?:\s+device[s]?\s+(?:=\s*)?(?P<dev>\{[^}]*\}|\S+))?\s+priority\s+"
    r"(?P<prio>[^;]+);?(?:\s*policy\s+(?P<policy>\w+);?)?"
)
_POLICY = re.compile(r"policy\s+(\w+);?")


@dataclass
class _Text:
    """Where in the text we are."""

    family: str = "ip"
    table: str = "?"
    chain: dict[str, Json] | None = None
    thing: tuple[str, dict[str, Json]] | None = None
    entries: list[Json] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    @property
    def place(self) -> dict[str, str]:
        return {"family": self.family, "table": self.table}


def read(text: str, ruleset: Callable[[list[Json]], ParseResult]) -> ParseResult:
    """The text of a ruleset, a table or a chain."""
    state = _Text()
    for line in _whole_lines(text):
        if not _understood(line.strip(), state):
            state.unread.append(line)
    reading = ruleset(state.entries)
    return ParseResult(reading.records, (*reading.unread, *state.unread))


def _whole_lines(text: str) -> list[str]:
    """Lines with the continuations of `elements = { ..,\n .. }` joined to them."""
    whole: list[str] = []
    open_line = ""
    for line in text.split("\n"):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        joined = f"{open_line} {line.strip()}".strip() if open_line else line.rstrip()
        unfinished = ("elements" in joined or "devices" in joined) and joined.count(
            "{"
        ) > joined.count("}")
        open_line = joined if unfinished and len(joined) < 2_000_000 else ""
        if not open_line:
            whole.append(joined)
    return [*whole, open_line] if open_line else whole


def _understood(line: str, state: _Text) -> bool:
    """One strange line costs itself, not the ruleset."""
    try:
        return _line(line, state)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RuntimeError):
        return False


def _line(line: str, state: _Text) -> bool:
    if table := _TABLE.fullmatch(line):
        state.family, state.table = table[1] or "ip", table[2]
    elif chain := _CHAIN.fullmatch(line):
        state.chain = {**state.place, "name": chain[1]}
        state.entries.append({"chain": state.chain})
    elif thing := _OBJECT.fullmatch(line):
        state.thing = (thing[1], {**state.place, "name": thing[2], "elem": []})
        state.entries.append({thing[1]: state.thing[1]})
    elif line == "}":
        state.chain = state.thing = None
    elif state.thing:
        return _inside(line, *state.thing)
    elif state.chain is not None:
        return _in_chain(line, state.chain, state)
    else:
        return False
    return True


def _in_chain(line: str, chain: dict[str, Json], state: _Text) -> bool:
    if base := _BASE.fullmatch(line):
        chain |= {
            "type": base["kind"],
            "hook": base["hook"],
            "prio": _priority(base["prio"]),
            "policy": base["policy"],
        }
        if base["dev"]:
            chain["dev"] = base["dev"].strip('"{} ')
        return True
    if policy := _POLICY.fullmatch(line):
        chain["policy"] = policy[1]
        return True
    try:
        rule = nft_statements.read(line)
    except (ValueError, IndexError):
        # it may do anything
        strange = {"expr": [{"xt": {"type": "match", "name": line[:200]}}, {"queue": None}]}
        state.entries.append({"rule": {**state.place, "chain": chain["name"], **strange}})
        return False
    state.entries.append({"rule": {**state.place, "chain": chain["name"], **rule}})
    return True


def _priority(text: str) -> int:
    """`filter`, `filter + 5`, `srcnat - 1`, `-300`."""
    found = re.fullmatch(r"\s*(?:([a-z]+)\s*)?([+-]?)\s*(\d+)?\s*", text)
    if not found:
        return 0
    number = int(found[3] or 0) * (-1 if found[2] == "-" else 1)
    return PRIORITIES.get(found[1] or "", 0) + number


def _inside(line: str, kind: str, item: dict[str, Json]) -> bool:
    """A line of a set, map, counter, limit or flowtable."""
    if elements := re.fullmatch(r"elements\s*=\s*(\{.*)", line):
        item["elem"] = nft_statements.elements(elements[1])
    elif counted := re.search(r"packets (\d+) bytes (\d+)", line):
        item |= {"packets": int(counted[1]), "bytes": int(counted[2])}
    elif rated := re.match(r"rate (over )?(\d+)(?: \w+)?/(\w+)(?: burst (\d+))?", line):
        item |= {
            "rate": int(rated[2]),
            "per": rated[3],
            "burst": int(rated[4] or 5),
            "inv": bool(rated[1]),
        }
    return True
