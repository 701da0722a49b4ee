"""The conditions of an nft rule: one JSON expression becomes alternatives of matches."""

from __future__ import annotations

from itertools import product
from typing import Any

from collectors.model.records import Match
from collectors.platforms.linux import filter_words
from collectors.platforms.linux.filter_words import flag_pair, networks, port_range, unread
from collectors.platforms.linux.nft_values import Named, bare, scalars, words

Json = Any
Alternative = tuple[Match, ...]
LARGEST = 512  # elements of one concatenation that are written out

_META = {
    "iif": "iif", "iifname": "iif", "oif": "oif", "oifname": "oif", "mark": "mark", "l4proto": "protocol",
    "length": "length", "nfproto": "version", "protocol": "version",
}  # fmt: skip
_PAYLOAD = {
    "saddr": "src",
    "daddr": "dst",
    "sport": "sport",
    "dport": "dport",
    "protocol": "protocol",
    "nexthdr": "protocol",
}
_CT = {"state": "ct_state", "direction": "ct_direction", "status": "ct_status", "mark": "ct_mark"}
_VERSIONS = {"ipv4": "4", "ip": "4", "ipv6": "6", "ip6": "6", "arp": "arp"}


def alternatives(match: Json, named: Named, family: str, table: str) -> list[Alternative]:
    """What `{"match": ...}` asks, as alternatives of conjunctions; more than one for a
    concatenation."""
    left, right, operator = match["left"], match["right"], match["op"]
    if "concat" in left:
        return _concat(left["concat"], right, operator, named, family, table)
    values = named.of(family, table, right)
    return [_one(left, values if values is not None else [right], operator, match)]


def _concat(
    parts: list[Json], right: Json, operator: str, named: Named, family: str, table: str
) -> list[Alternative]:
    elements = named.of(family, table, right)
    elements = [right] if elements is None else elements
    text = f"{' . '.join(words(part) for part in parts)} {operator} {words(right)}"
    if operator not in ("==", "in") or len(elements) > LARGEST:
        return [(unread(text),)]
    return [element_of(parts, element) for element in elements] or [
        (Match("set", (text,)), _never())
    ]


def _never() -> Match:
    """No packet has no protocol: an empty set matches nothing."""
    return Match("protocol", ())


def element_of(parts: list[Json], element: Json) -> Alternative:
    """The conjunction that one element of a concatenated set stands for."""
    element = bare(element)
    values = element["concat"] if isinstance(element, dict) and "concat" in element else [element]
    return tuple(
        m for part, value in zip(parts, values, strict=True) for m in key_match(part, [value])
    )


def key_match(left: Json, values: list[Json], operator: str = "==") -> Alternative:
    """Does the key have one of these values?"""
    return _one(left, values, operator, {"left": left, "right": {"set": values}, "op": operator})


def _one(left: Json, values: list[Json], operator: str, whole: Json) -> Alternative:
    try:
        return _judged(left, [bare(v) for v in values], operator)
    except (KeyError, ValueError, TypeError, AttributeError, IndexError):
        return (unread(words({"match": whole})),)


def _judged(left: Json, values: list[Json], operator: str) -> Alternative:
    kind, item = next(iter(left.items()))
    negated = operator == "!="
    if kind == "payload":
        return _payload(item, values, operator, negated)
    if kind == "meta":
        return (_meta(item["key"], values, operator, negated),)
    if kind == "ct" and "dir" not in item:
        return (_ct(item["key"], values, operator, negated),)
    if kind == "fib":
        return (_fib(item, values, negated),)
    if kind == "&":
        return _masked(item, values, operator, negated)
    raise ValueError(kind)


def _payload(item: Json, values: list[Json], operator: str, negated: bool) -> Alternative:
    header, name = item["protocol"], item["field"]
    if header in ("tcp", "udp", "th", "sctp", "dccp", "udplite") and name in ("sport", "dport"):
        return (*_carrier(header), Match(name, tuple(_span(v, operator) for v in values), negated))
    if header in ("ip", "ip6") and name in ("saddr", "daddr"):
        found = tuple(net for value in values for net in networks(scalars(value)))
        return (_version(header), Match(_PAYLOAD[name], found, negated))
    if header in ("ip", "ip6") and name in ("protocol", "nexthdr"):
        return (
            _version(header),
            Match("protocol", tuple(map(filter_words.protocol, values)), negated),
        )
    if header in ("ip", "ip6") and name == "length" and operator:
        return (
            _version(header),
            Match("length", tuple(_length(v, operator) for v in values), negated),
        )
    if header == "ether" and name == "type":
        return (Match("version", tuple(_VERSIONS[scalars(v)] for v in values), negated),)
    if header in ("icmp", "icmpv6") and name in ("type", "code"):
        return (Match("protocol", (header,)), _icmp(header, name, values, negated))
    if header == "tcp" and name == "flags":
        return (Match("protocol", ("tcp",)), _flags(values, operator))
    raise ValueError(name)


def _carrier(header: str) -> Alternative:
    return () if header == "th" else (Match("protocol", (header,)),)


def _version(header: str) -> Match:
    return Match("version", ("4" if header == "ip" else "6",))


def _span(value: Json, operator: str = "==") -> tuple[int, int]:
    low, high = port_range(scalars(value))
    bounds = {">": (low + 1, 65535), "<": (0, low - 1), ">=": (low, 65535), "<=": (0, high)}
    return bounds.get(operator, (low, high))


def _length(value: Json, operator: str) -> str:
    low, high = _span(value, operator)
    return f"{low}-{high}"


def _icmp(header: str, name: str, values: list[Json], negated: bool) -> Match:
    if name == "code":
        return unread(f"{header} code {'!= ' if negated else ''}{','.join(map(scalars, values))}")
    version = 4 if header == "icmp" else 6
    return Match(
        "icmp_type", tuple(filter_words.icmp_name(scalars(v), version) for v in values), negated
    )


def _flags(values: list[Json], operator: str) -> Match:
    names = [name for value in values for name in _flag_names(value)]
    if operator == "in":  # any of them is set
        return Match("tcp_flags", (flag_pair(names, ()),), negated=True)
    pairs = tuple(flag_pair(filter_words.FLAGS, _flag_names(value)) for value in values)
    return Match("tcp_flags", pairs, operator == "!=")


def _flag_names(value: Json) -> list[str]:
    if isinstance(value, dict) and "|" in value:
        return [name for part in value["|"] for name in _flag_names(part)]
    if isinstance(value, list):
        return [name for part in value for name in _flag_names(part)]
    if isinstance(value, int):
        return [flag for bit, flag in enumerate(filter_words.FLAGS) if value >> bit & 1]
    return scalars(value).replace("|", ",").split(",")


def _masked(item: list[Json], values: list[Json], operator: str, negated: bool) -> Alternative:
    inner, mask = item
    if (
        inner.get("payload", {}).get("field") == "flags"
        and inner["payload"].get("protocol") == "tcp"
    ):
        if operator == "!=" and values == [0]:
            return (
                Match("protocol", ("tcp",)),
                Match("tcp_flags", (flag_pair(_flag_names(mask), ()),), negated=True),
            )
        pair = flag_pair(_flag_names(mask), _flag_names(values if len(values) > 1 else values[0]))
        return (Match("protocol", ("tcp",)), Match("tcp_flags", (pair,), negated))
    field = {"meta": "mark", "ct": "ct_mark"}[next(iter(inner))]
    if inner.get("meta", inner.get("ct"))["key"] != "mark":
        raise ValueError("not a mark")
    return (Match(field, tuple(filter_words.mark(scalars(v), str(mask)) for v in values), negated),)


def _meta(key: str, values: list[Json], operator: str, negated: bool) -> Match:
    field = _META[key]
    if operator not in ("==", "!=", "in") and field != "length":
        raise ValueError(operator)
    if field == "length":
        return Match(field, tuple(_length(v, operator) for v in values), negated)
    if field == "mark":
        return Match(field, tuple(filter_words.mark(scalars(v)) for v in values), negated)
    if field == "version":
        return Match(field, tuple(_VERSIONS[scalars(v)] for v in values), negated)
    if field == "protocol":
        return Match(field, tuple(map(filter_words.protocol, values)), negated)
    return Match(field, tuple(scalars(v) for v in values), negated)


def _ct(key: str, values: list[Json], operator: str, negated: bool) -> Match:
    field = _CT[key]
    if operator not in ("==", "!=", "in"):
        raise ValueError(operator)
    if field == "ct_mark":
        return Match(field, tuple(filter_words.mark(scalars(v)) for v in values), negated)
    return Match(field, tuple(word for v in values for word in scalars(v).split(",")), negated)


def _fib(item: Json, values: list[Json], negated: bool) -> Match:
    flags = item["flags"] if isinstance(item["flags"], list) else [item["flags"]]
    key = " . ".join(sorted(flags, key=("saddr", "daddr", "mark", "iif", "oif").index))
    if item["result"] == "type":
        return Match("fib", tuple(f"{key} type {scalars(v)}" for v in values), negated)
    if values in ([False], [0]):
        return Match("fib", (f"{key} {item['result']} missing",), negated)
    if values == [True]:
        return Match("fib", (f"{key} {item['result']} missing",), not negated)
    raise ValueError(item)


def crossed(groups: list[list[Alternative]]) -> list[Alternative]:
    """All combinations of the alternatives of several conditions; too many become one that cannot
    be judged."""
    size = 1
    for group in groups:
        size *= max(len(group), 1)
    if size > LARGEST:
        return [(*_plain(groups), unread("a combination of large sets"))]
    return [_merged(parts) for parts in product(*groups)]


def _plain(groups: list[list[Alternative]]) -> Alternative:
    return tuple(match for group in groups if len(group) == 1 for match in group[0])


def _merged(parts: tuple[Alternative, ...]) -> Alternative:
    return tuple(dict.fromkeys(match for part in parts for match in part))
