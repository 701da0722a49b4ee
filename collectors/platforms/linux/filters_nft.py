"""The nftables ruleset with its counters. The tables of iptables-nft are shown better by its own
tool."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from collectors.model.answer import Output, ParseResult
from collectors.model.evidence import QueryParams
from collectors.model.records import FilterChain, FilterRule, Match
from collectors.platforms.linux import nft_text
from collectors.platforms.linux.chain_places import with_place
from collectors.platforms.linux.filter_words import mark, unread
from collectors.platforms.linux.nft_matches import (
    Alternative,
    alternatives,
    crossed,
    element_of,
    key_match,
)
from collectors.platforms.linux.nft_values import BROKEN, Named, bare, collect, rate, scalars, words
from collectors.platforms.linux.rule_meaning import with_meaning
from collectors.platforms.linux.shell import script
from collectors.platforms.reading import json_values, looks_json, text_of

Json = Any


def ask_filter(params: QueryParams) -> str:
    """Everything that nftables holds, with sets, maps and counters."""
    return script("nft -j list ruleset")


def read_filter(output: Output, params: QueryParams) -> ParseResult:
    """`nft -j list ruleset`, or the text of `nft list ruleset|table|chain`."""
    text = text_of(output.stdout)
    if not text.strip():
        return ParseResult()
    if not looks_json(text):
        return nft_text.read(text, ruleset)
    entries = [entry for value in json_values(text) for entry in value["nftables"]]
    return ruleset(entries)


def ruleset(entries: list[Json]) -> ParseResult:
    """The objects of a ruleset as records; a rule that cannot be read stands there as one that may
    do anything."""
    lost: list[str] = []
    named = collect(entries, lost)
    positions: dict[tuple[str, str, str], int] = {}
    records: list[FilterChain | FilterRule] = []
    for entry in entries:
        try:
            if "chain" in entry:
                records.append(_chain(entry["chain"]))
            elif "rule" in entry:
                records.extend(_rule(entry["rule"], named, positions))
        except BROKEN:
            lost.append(str(entry)[:1000])
            records.extend(_strange(entry, positions))
    return ParseResult(tuple(records), tuple(lost))


def _strange(entry: Json, positions: dict[tuple[str, str, str], int]) -> Iterator[FilterRule]:
    """In the place of a rule that cannot be read: whether it matches, and what it does then, cannot
    be known."""
    item = entry.get("rule") if isinstance(entry, dict) else None
    if not isinstance(item, dict):
        return
    family, table, chain = (item.get(key) for key in ("family", "table", "chain"))
    if isinstance(family, str) and isinstance(table, str) and isinstance(chain, str):
        place = (family, table, chain)
        text = str(entry)[:300]
        yield with_meaning(
            FilterRule("nft", *place, positions.get(place, 0), (unread(text),), "queue", text=text)
        )


def _chain(item: Json) -> FilterChain:
    device = item.get("dev")
    chain = FilterChain(
        dialect="nft",
        family=item["family"],
        table=item["table"],
        name=item["name"],
        hook=item.get("hook"),
        kind=item.get("type", "filter"),
        priority=int(item.get("prio", 0)),
        policy=item.get("policy"),
        interface=",".join(device) if isinstance(device, list) else device,
    )
    return with_place(chain)


@dataclass
class _Draft:
    """A rule while its statements are read, one after the other."""

    family: str
    table: str
    named: Named
    groups: list[list[Alternative]] = field(default_factory=list)
    ends: list[tuple[Alternative, str, str | None]] = field(default_factory=list)
    counted: tuple[int, int] | None = None
    prefix: str | None = None
    steps: list[tuple[str, str | None]] = field(default_factory=list)

    def condition(self, *matches: Match) -> None:
        self.groups.append([tuple(matches)])


def _rule(
    item: Json, named: Named, positions: dict[tuple[str, str, str], int]
) -> Iterator[FilterRule]:
    place = (item["family"], item["table"], item["chain"])
    position = positions[place] = positions.get(place, -1) + 1
    draft = _Draft(item["family"], item["table"], named)
    for statement in item.get("expr", ()):
        _statement(statement, draft)
    packets, size = draft.counted or (None, None)
    base = FilterRule(
        "nft", *place, position, (), "continue", None, packets, size, _handle(item), item.get("comment"), draft.prefix,
        " ".join(_words(statement) for statement in item.get("expr", ())),
    )  # fmt: skip
    ends = [*(((), *step) for step in draft.steps), *draft.ends] or [((), "continue", None)]
    for matches in crossed(draft.groups):
        for extra, verdict, target in ends:
            end = replace(base, verdict=verdict, target=target)
            yield with_meaning(replace(end, matches=tuple(dict.fromkeys((*matches, *extra)))))


def _handle(item: Json) -> str | None:
    return str(item["handle"]) if "handle" in item else None


def _words(statement: Json) -> str:
    try:
        return words(statement)
    except BROKEN:
        return str(statement)[:300]


_ENDS = ("accept", "drop", "return", "continue", "synproxy")
_NATS = ("snat", "dnat", "masquerade", "redirect")
_SILENT = (
    "comment",
    "flow",
    "nftrace",
    "dup",
    "fwd",
    "meta",
    "tproxy",
    "secmark",
    "ct helper",
    "ct timeout",
    "ct expectation",
)


def _statement(statement: Json, draft: _Draft) -> None:
    kind, item = (
        next(iter(statement.items())) if isinstance(statement, dict) else (str(statement), None)
    )
    if kind in _ENDS:
        draft.ends.append(((), kind, None))
    elif kind in _NATS:
        _translation(kind, item or {}, draft)
    elif kind in _STATEMENTS:
        _STATEMENTS[kind](item, draft)
    elif kind not in _SILENT:
        draft.condition(unread(words(statement)))


def _match(item: Json, draft: _Draft) -> None:
    draft.groups.append(alternatives(item, draft.named, draft.family, draft.table))


def _counter(item: Json, draft: _Draft) -> None:
    if isinstance(item, str):
        draft.counted = draft.named.counters.get((draft.family, draft.table, item))
    elif isinstance(item, dict):
        draft.counted = (int(item.get("packets", 0)), int(item.get("bytes", 0)))


def _log(item: Json, draft: _Draft) -> None:
    draft.prefix = str((item or {}).get("prefix", ""))


def _limit(item: Json, draft: _Draft) -> None:
    if isinstance(item, str):
        text = draft.named.limits.get((draft.family, draft.table, item), f"name {item}")
    else:
        text = rate(item)
    draft.condition(Match("limit", (text.removeprefix("over "),), text.startswith("over ")))


def _jump(kind: str) -> Any:
    return lambda item, draft: draft.ends.append(((), kind, item["target"]))


def _mangle(item: Json, draft: _Draft) -> None:
    """`meta mark set ...`, `ct mark set ...`, `ct zone set ...`; other changes to the packet decide
    nothing."""
    key, value = item["key"], item["value"]
    if key.get("meta", {}).get("key") == "mark":
        _marks("mark", value, draft)
    elif key.get("ct", {}).get("key") == "mark":
        _marks("ct_mark", value, draft)
    elif (
        key.get("ct", {}).get("key") == "zone" and "dir" not in key["ct"]
    ):  # of one direction: the entry is still one
        _marks("zone", value, draft)


def _marks(verdict: str, value: Json, draft: _Draft) -> None:
    if not isinstance(value, dict) or "map" not in value:
        draft.steps.append((verdict, _mark_target(value)))
        return
    for matches, to in _mapped(value["map"], draft):
        draft.ends.append((matches, verdict, mark(scalars(to))))


def _mark_target(value: Json) -> str:
    """A number, `mark & ~mask | value` as nft writes a masked mark, or where it is taken from in
    words."""
    if isinstance(value, int):
        return mark(str(value))
    masked = _masked(value) if isinstance(value, dict) else None
    return masked or words(value).removeprefix("meta ")


def _masked(value: dict[str, Json]) -> str | None:
    """`mark & ~mask | value`."""
    kept, added = value.get("|", (None, None))
    bits = kept.get("&", [0, ""])[1] if isinstance(kept, dict) else None
    if not isinstance(added, int) or not isinstance(bits, int):
        return None
    return mark(str(added), str(0xFFFFFFFF & ~bits))


def _vmap(item: Json, draft: _Draft) -> None:
    """Each element of a verdict map is a rule of its own, at the same position."""
    for matches, verdict in _mapped(item, draft):
        kind, target = next(iter(verdict.items()))
        draft.ends.append((matches, kind, target["target"] if target else None))
    if not draft.ends:
        draft.ends.append(((), "continue", None))


def _pairs(elements: list[Json]) -> Iterator[tuple[Json, Json]]:
    for element in elements:
        key, value = element
        yield bare(key), value


def _key(left: Json, key: Json) -> Alternative:
    if key == "*":
        return ()
    if "concat" in left:
        return element_of(left["concat"], key)
    return key_match(left, [key])


def _translation(kind: str, item: Json, draft: _Draft) -> None:
    address, port = item.get("addr"), item.get("port")
    if not isinstance(address, dict) or "map" not in address:
        draft.ends.append(((), kind, _target(address, port)))
        return
    for matches, to in _mapped(address["map"], draft):
        draft.ends.append((matches, kind, _target(to, port)))


def _mapped(item: Json, draft: _Draft) -> Iterator[tuple[Alternative, Json]]:
    """Each element of a map: what it asks of a packet, and what it gives."""
    elements = draft.named.of(draft.family, draft.table, item["data"]) or []
    for key, value in _pairs(elements):
        yield _key(item["key"], key), value


def _target(address: Json, port: Json) -> str | None:
    """`10.0.0.5:8443`, `[fd00::5]:8443`, `10.0.0.5`, `:100`."""
    if isinstance(address, dict) and "concat" in address:
        address, port = address["concat"]
    host = "" if address is None else scalars(address)
    if port is None:
        return host or None
    if ":" in host:
        host = f"[{host}]"
    return f"{host}:{scalars(port)}"


def _reject(item: Json, draft: _Draft) -> None:
    options = item or {}
    how = f"{options.get('type', '')} {options.get('expr', '')}".strip()
    draft.ends.append(((), "reject", how or None))


def _set(item: Json, draft: _Draft) -> None:
    """`update @meter { ip saddr limit rate over ... }`: the statement inside is a condition."""
    for statement in item.get("stmt", ()):
        _statement(statement, draft)


def _xt(item: Json, draft: _Draft) -> None:
    """What iptables-nft put there and nft cannot tell."""
    if item.get("type") == "target":
        draft.ends.append(((unread(f"xt target {item.get('name')}"),), "continue", None))
    else:
        draft.condition(unread(f"xt match {item.get('name')}"))


_STATEMENTS: dict[str, Any] = {
    "match": _match,
    "counter": _counter,
    "log": _log,
    "limit": _limit,
    "jump": _jump("jump"),
    "goto": _jump("goto"),
    "mangle": _mangle,
    "vmap": _vmap,
    "reject": _reject,
    "set": _set,
    "xt": _xt,
    "notrack": lambda item, draft: draft.steps.append(("notrack", None)),
    "queue": lambda item, draft: draft.ends.append(
        ((), "queue", scalars((item or {}).get("num", 0)))
    ),
}
