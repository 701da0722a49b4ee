"""The conditions of an nft rule: one JSON expression becomes alternatives of matches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, product
from math import prod
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
_CT = {"state": "ct_state", "direction": "ct_direction", "status": "ct_status", "mark": "ct_mark"}
_VERSIONS = {"ipv4": "4", "ip": "4", "ipv6": "6", "ip6": "6", "arp": "arp"}


@dataclass(frozen=True, slots=True)
class _Compared:
    """What a key is compared with."""

    values: list[Json]
    operator: str

    @property
    def negated(self) -> bool:
        """Is any other value wanted?"""
        return self.operator == "!="

    def must_ask_for_values(self) -> None:
        """Raises ValueError where the operator asks for more or less than a value."""
        if self.operator not in ("==", "!=", "in"):
            raise ValueError(self.operator)

    def match(self, field: str, read: Callable[[Json], Any]) -> Match:
        """The field of a packet has one of these values."""
        return Match(field, tuple(map(read, self.values)), self.negated)


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
    if elements is None:
        elements = [right]
    text = f"{' . '.join(map(words, parts))} {operator} {words(right)}"
    if operator not in ("==", "in") or len(elements) > LARGEST:
        return [(unread(text),)]
    if not elements:
        return [(Match("set", (text,)), _never())]
    return [element_of(parts, element) for element in elements]


def _never() -> Match:
    """No packet has no protocol: an empty set matches nothing."""
    return Match("protocol", ())


def element_of(parts: list[Json], element: Json) -> Alternative:
    """The conjunction that one element of a concatenated set stands for."""
    plain = bare(element)
    concatenated = isinstance(plain, dict) and "concat" in plain
    values = plain["concat"] if concatenated else [plain]
    matches: list[Match] = []
    for part, value in zip(parts, values, strict=True):
        matches += key_match(part, [value])
    return tuple(matches)


def key_match(left: Json, values: list[Json], operator: str = "==") -> Alternative:
    """Does the key have one of these values?"""
    return _one(left, values, operator, {"left": left, "right": {"set": values}, "op": operator})


def _one(left: Json, values: list[Json], operator: str, whole: Json) -> Alternative:
    try:
        return _judged(left, _Compared(list(map(bare, values)), operator))
    except (KeyError, ValueError, TypeError, AttributeError, IndexError):
        return (unread(words({"match": whole})),)


def _judged(left: Json, compared: _Compared) -> Alternative:
    kind, item = next(iter(left.items()))
    if kind == "payload":
        return _payload(item, compared)
    if kind == "meta":
        return (_meta(item["key"], compared),)
    if kind == "ct" and "dir" not in item:
        return (_ct(item["key"], compared),)
    if kind == "fib":
        return (_fib(item, compared),)
    if kind == "&":
        return _masked(item, compared)
    raise ValueError(kind)


def _payload(item: Json, compared: _Compared) -> Alternative:
    header, name = item["protocol"], item["field"]
    read = _FIELDS.get((header, name))
    if read is None:
        raise ValueError(name)
    return read(header, name, compared)


def _ports(header: str, name: str, compared: _Compared) -> Alternative:
    carrier = () if header == "th" else (Match("protocol", (header,)),)
    return (*carrier, compared.match(name, lambda value: _span(value, compared.operator)))


def _addresses(header: str, name: str, compared: _Compared) -> Alternative:
    found = tuple(net for value in compared.values for net in networks(scalars(value)))
    field = {"saddr": "src", "daddr": "dst"}[name]
    return (_version(header), Match(field, found, compared.negated))


def _next_protocol(header: str, name: str, compared: _Compared) -> Alternative:
    return (_version(header), compared.match("protocol", filter_words.protocol))


def _total_length(header: str, name: str, compared: _Compared) -> Alternative:
    if not compared.operator:
        raise ValueError(name)
    return (_version(header), _length_match(compared))


def _ether_type(header: str, name: str, compared: _Compared) -> Alternative:
    return (compared.match("version", _version_of),)


def _version(header: str) -> Match:
    return Match("version", ("4" if header == "ip" else "6",))


def _span(value: Json, operator: str = "==") -> tuple[int, int]:
    low, high = port_range(scalars(value))
    bounds = {">": (low + 1, 65535), "<": (0, low - 1), ">=": (low, 65535), "<=": (0, high)}
    return bounds.get(operator, (low, high))


def _length(value: Json, operator: str) -> str:
    low, high = _span(value, operator)
    return f"{low}-{high}"


def _icmp(header: str, name: str, compared: _Compared) -> Alternative:
    protocol = Match("protocol", (header,))
    if name == "code":
        negation = "!= " if compared.negated else ""
        codes = ",".join(map(scalars, compared.values))
        return (protocol, unread(f"{header} code {negation}{codes}"))
    version = 4 if header == "icmp" else 6
    kinds = compared.match(
        "icmp_type", lambda value: filter_words.icmp_name(scalars(value), version)
    )
    return (protocol, kinds)


def _tcp_flags(header: str, name: str, compared: _Compared) -> Alternative:
    return (_TCP, _flags(compared))


_TCP = Match("protocol", ("tcp",))


_CARRIERS = ("tcp", "udp", "th", "sctp", "dccp", "udplite")


_FIELDS: dict[tuple[str, str], Callable[[str, str, _Compared], Alternative]] = {
    **dict.fromkeys(product(_CARRIERS, ("sport", "dport")), _ports),
    **dict.fromkeys(product(("ip", "ip6"), ("saddr", "daddr")), _addresses),
    **dict.fromkeys(product(("ip", "ip6"), ("protocol", "nexthdr")), _next_protocol),
    **dict.fromkeys(product(("ip", "ip6"), ("length",)), _total_length),
    **dict.fromkeys(product(("icmp", "icmpv6"), ("type", "code")), _icmp),
    ("ether", "type"): _ether_type,
    ("tcp", "flags"): _tcp_flags,
}


def _version_of(value: Json) -> str:
    return _VERSIONS[scalars(value)]


def _length_match(compared: _Compared) -> Match:
    return compared.match("length", lambda value: _length(value, compared.operator))


def _flags(compared: _Compared) -> Match:
    if compared.operator == "in":  # any of them is set
        names = [name for value in compared.values for name in _flag_names(value)]
        return Match("tcp_flags", (flag_pair(names, ()),), negated=True)
    return compared.match(
        "tcp_flags", lambda value: flag_pair(filter_words.FLAGS, _flag_names(value))
    )


def _flag_names(value: Json) -> list[str]:
    if isinstance(value, dict) and "|" in value:
        value = list(value["|"])
    if isinstance(value, list):
        return [name for part in value for name in _flag_names(part)]
    if isinstance(value, int):
        return [flag for bit, flag in enumerate(filter_words.FLAGS) if value >> bit & 1]
    return scalars(value).replace("|", ",").split(",")


def _masked(item: list[Json], compared: _Compared) -> Alternative:
    inner, mask = item
    payload = inner.get("payload", {})
    if (payload.get("protocol"), payload.get("field")) == ("tcp", "flags"):
        return (_TCP, _masked_flags(mask, compared))
    field = {"meta": "mark", "ct": "ct_mark"}[next(iter(inner))]
    if inner.get("meta", inner.get("ct"))["key"] != "mark":
        raise ValueError("not a mark")
    return (compared.match(field, lambda value: filter_words.mark(scalars(value), str(mask))),)


def _masked_flags(mask: Json, compared: _Compared) -> Match:
    values = compared.values
    set_ones = _flag_names(values if len(values) > 1 else values[0])
    return Match("tcp_flags", (flag_pair(_flag_names(mask), set_ones),), compared.negated)


def _meta(key: str, compared: _Compared) -> Match:
    field = _META[key]
    if field == "length":
        return _length_match(compared)
    compared.must_ask_for_values()
    return compared.match(field, _META_VALUES.get(field, scalars))


_META_VALUES: dict[str, Callable[[Json], Any]] = {
    "mark": lambda value: filter_words.mark(scalars(value)),
    "version": _version_of,
    "protocol": filter_words.protocol,
}


def _ct(key: str, compared: _Compared) -> Match:
    field = _CT[key]
    compared.must_ask_for_values()
    if field == "ct_mark":
        return compared.match(field, lambda value: filter_words.mark(scalars(value)))
    found = tuple(word for value in compared.values for word in scalars(value).split(","))
    return Match(field, found, compared.negated)


def _fib(item: Json, compared: _Compared) -> Match:
    flags = item["flags"] if isinstance(item["flags"], list) else [item["flags"]]
    key = " . ".join(sorted(flags, key=("saddr", "daddr", "mark", "iif", "oif").index))
    if item["result"] == "type":
        return compared.match("fib", lambda value: f"{key} type {scalars(value)}")
    missing = (f"{key} {item['result']} missing",)
    if compared.values in ([False], [0]):
        return Match("fib", missing, compared.negated)
    if compared.values == [True]:
        return Match("fib", missing, not compared.negated)
    raise ValueError(item)


def crossed(groups: list[list[Alternative]]) -> list[Alternative]:
    """All combinations of the alternatives of several conditions; too many become one that cannot
    be judged."""
    size = prod(max(len(group), 1) for group in groups)
    if size > LARGEST:
        return [(*_plain(groups), unread("a combination of large sets"))]
    return [_merged(parts) for parts in product(*groups)]


def _plain(groups: list[list[Alternative]]) -> Alternative:
    sure = [group[0] for group in groups if len(group) == 1]
    return tuple(chain.from_iterable(sure))


def _merged(parts: tuple[Alternative, ...]) -> Alternative:
    return tuple(dict.fromkeys(chain.from_iterable(parts)))
