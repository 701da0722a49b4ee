"""The values inside nft's JSON: sets, maps, ranges, prefixes, and how an expression is written for
people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Any
Key = tuple[str, str, str]  # family, table, name


@dataclass(frozen=True)
class Named:
    """What rules refer to by name: sets, maps, and counters, of all tables."""

    elements: Mapping[Key, list[Json]] = field(default_factory=dict)
    counters: Mapping[Key, tuple[int, int]] = field(default_factory=dict)
    limits: Mapping[Key, str] = field(default_factory=dict)

    def of(self, family: str, table: str, value: Json) -> list[Json] | None:
        """The elements that a set expression (`@name` or `{"set": [...]}`) stands for, else
        None."""
        if isinstance(value, str) and value.startswith("@"):
            return self.elements.get((family, table, value[1:]), [])
        if isinstance(value, dict) and "set" in value:
            inner = value["set"]
            return list(inner) if isinstance(inner, list) else [inner]
        return list(value) if isinstance(value, list) else None


# what strange objects raise
BROKEN = (KeyError, ValueError, TypeError, AttributeError, IndexError, RuntimeError)


def collect(entries: list[Json], lost: list[str]) -> Named:
    """All named objects of a ruleset; what is none is listed in `lost`."""
    elements: dict[Key, list[Json]] = {}
    counters: dict[Key, tuple[int, int]] = {}
    limits: dict[Key, str] = {}
    for kind, item in _objects(entries):
        try:
            key = (item["family"], item["table"], item["name"])
            if kind in ("set", "map"):
                elements[key] = list(item.get("elem", ()))
            elif kind == "counter":
                counters[key] = (int(item.get("packets", 0)), int(item.get("bytes", 0)))
            elif kind == "limit":
                limits[key] = rate(item)
        except BROKEN:
            lost.append(f"{kind} {item}"[:1000])
    return Named(elements, counters, limits)


def _objects(entries: list[Json]) -> Iterator[tuple[str, dict[str, Json]]]:
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        for kind, item in entry.items():
            named = isinstance(item, dict) and "name" in item
            if named and kind in ("set", "map", "counter", "limit"):
                yield kind, item


def rate(item: Mapping[str, Json]) -> str:
    """`5/second burst 3 packets`."""
    unit = f" {item['rate_unit']}" if item.get("rate_unit") else ""
    burst = f" burst {item['burst']} packets" if item.get("burst") else ""
    return f"{_over(item)}{item['rate']}{unit}/{item.get('per', 'second')}{burst}"


def _over(item: Mapping[str, Json]) -> str:
    return "over " if item.get("inv") else ""


def bare(value: Json) -> Json:
    """A set element without its timeout, counter and comment."""
    element = value.get("elem") if isinstance(value, dict) else None
    if not isinstance(element, dict):
        return value
    return bare(element.get("val"))


def scalars(value: Json) -> str:
    """One value as nft writes it: 443, 10.0.0.0/8, 1-100, 10.0.0.1 . 80."""
    value = bare(value)
    if isinstance(value, dict):
        if "prefix" in value:
            return f"{value['prefix']['addr']}/{value['prefix']['len']}"
        if "range" in value:
            return "-".join(scalars(end) for end in value["range"])
        if "concat" in value:
            return " . ".join(scalars(part) for part in value["concat"])
        return words(value)
    if isinstance(value, list):
        return ",".join(scalars(part) for part in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def words(expr: Json) -> str:
    """An expression in nft's own words, near enough to be read by people."""
    if not isinstance(expr, dict):
        return scalars(expr)
    for kind, item in expr.items():
        if kind in _WORDS:
            return str(_WORDS[kind](item))
        return _other(kind, item)
    return ""


def _other(kind: str, item: Json) -> str:
    if item is None:
        return kind
    if not isinstance(item, dict):
        return f"{kind} {words(item)}"
    parts = [kind]
    for key, value in item.items():
        if key not in ("type", "name"):
            parts.append(key)
        parts.append(words(value))
    return " ".join(parts).strip()


def _payload(item: dict[str, Json]) -> str:
    return (
        f"{item['protocol']} {item['field']}"
        if "field" in item
        else f"@{item['base']},{item['offset']},{item['len']}"
    )


def _match(item: dict[str, Json]) -> str:
    operator = "" if item["op"] in ("==", "in") else f"{item['op']} "
    return f"{words(item['left'])} {operator}{words(item['right'])}"


def _set(item: Json) -> str:
    if isinstance(item, dict) and "op" in item:
        return f"{item['op']} {item['set']} {{ {words(item['elem'])} }}"
    elements = item if isinstance(item, list) else [item]
    return "{ " + ", ".join(map(_element, elements)) + " }"


def _element(element: Json) -> str:
    if isinstance(element, list) and len(element) == 2:
        return f"{scalars(element[0])} : {words(element[1])}"
    return scalars(element)


def _fib(item: dict[str, Json]) -> str:
    flags = item.get("flags", [])
    return f"fib {' . '.join(flags if isinstance(flags, list) else [flags])} {item['result']}"


def _mangle(item: dict[str, Json]) -> str:
    return f"{words(item['key'])} set {words(item['value'])}"


def _nat(kind: str) -> Any:
    def write(item: Json) -> str:
        item = item or {}
        address = f" {words(item['addr'])}" if "addr" in item else ""
        port = f":{scalars(item['port'])}" if "port" in item else ""
        to = " to" if address or port else ""
        where = f"{kind}{to}{address or (' ' if port else '')}{port}".strip()
        return f"{where} {scalars(item['flags'])}" if item.get("flags") else where

    return write


def _amount(item: Json) -> str:
    """`over 100 mbytes`; what JSON does not tell as parts is kept as it is."""
    if not isinstance(item, dict) or "val" not in item:
        return str(item)
    unit = item.get("val_unit", "bytes")
    return f"{_over(item)}{item['val']} {unit}"


def _buckets(item: Json) -> str:
    """`mod 2 seed 0xdeadbeef offset 100`; a seed of none is the kernel's own."""
    number, offset = item.get("seed"), item.get("offset")
    text = f" mod {item['mod']}"
    if isinstance(number, int) and number:
        text += f" seed {number:#x}"
    if offset:
        text += f" offset {offset}"
    return text


_WORDS = {
    "payload": _payload,
    "match": _match,
    "set": _set,
    "fib": _fib,
    "mangle": _mangle,
    "meta": lambda item: (
        item["key"] if item["key"].startswith(("iif", "oif")) else f"meta {item['key']}"
    ),
    "ct": lambda item: " ".join(str(part) for part in ("ct", item.get("dir"), item["key"]) if part),
    "rt": lambda item: f"rt {item['key']}",
    "tcp option": lambda item: f"tcp option {item['name']} {item.get('field', '')}".rstrip(),
    "&": lambda item: " & ".join(words(part) for part in item),
    "|": lambda item: " | ".join(words(part) for part in item),
    "^": lambda item: " ^ ".join(words(part) for part in item),
    "concat": lambda item: " . ".join(words(part) for part in item),
    "prefix": lambda item: f"{item['addr']}/{item['len']}",
    "range": lambda item: "-".join(scalars(end) for end in item),
    "vmap": lambda item: f"{words(item['key'])} vmap {words(item['data'])}",
    "map": lambda item: f"{words(item['key'])} map {words(item['data'])}",
    "counter": lambda item: (
        f"counter name {item}"
        if isinstance(item, str)
        else (
            f"counter packets {(item or {}).get('packets', 0)} bytes {(item or {}).get('bytes', 0)}"
        )
    ),
    "log": lambda item: f'log prefix "{(item or {}).get("prefix", "")}"' if item else "log",
    "limit": lambda item: (
        f"limit name {item}" if isinstance(item, str) else f"limit rate {rate(item)}"
    ),
    "reject": lambda item: (
        f"reject with {item.get('type', '')} {item.get('expr', '')}".rstrip() if item else "reject"
    ),
    "jump": lambda item: f"jump {item['target']}",
    "goto": lambda item: f"goto {item['target']}",
    "dnat": _nat("dnat"),
    "snat": _nat("snat"),
    "masquerade": _nat("masquerade"),
    "redirect": _nat("redirect"),
    "flow": lambda item: f"flow {item.get('op', 'add')} {item.get('flowtable', '')}",
    "queue": lambda item: f"queue num {scalars((item or {}).get('num', 0))}",
    "xt": lambda item: f"xt {item.get('type', '')} {item.get('name', '')}",
    "numgen": lambda item: (
        f"numgen {item['mode']} mod {item['mod']}"
        + (f" offset {item['offset']}" if item.get("offset") else "")
    ),
    "jhash": lambda item: (
        f"jhash {item if isinstance(item, str) else words(item['expr']) + _buckets(item)}"
    ),
    "symhash": lambda item: (
        f"symhash {item}" if isinstance(item, str) else f"symhash{_buckets(item)}"
    ),
    "unjudged": str,
    "quota": lambda item: (
        f"quota name {item}" if isinstance(item, str) else f"quota {_amount(item)}"
    ),
    "ct count": lambda item: f"ct count {'over ' if item.get('inv') else ''}{item['val']}",
}
