"""The tables that `ip` prints for people, for pasted output and for many answers at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from collectors.model.flow import Address
from collectors.model.records import Network, NextHop, PolicyRule, Route, RouteChoice

_KINDS = frozenset(
    [
        "unicast",
        "local",
        "broadcast",
        "multicast",
        "blackhole",
        "unreachable",
        "prohibit",
        "throw",
        "anycast",
    ]
)
_FLAGS = frozenset(
    [
        "onlink",
        "pervasive",
        "dead",
        "linkdown",
        "offload",
        "trap",
        "rt_trap",
        "offload_failed",
        "notify",
        "cache",
        "cache_local",
        "redirected",
        "rt_offload",
        "unresolved",
        "rt_offload_failed",
        "local",
        "<local>",
        "<redirect>",
        "<redirected>",
        "<local,src-direct>",
        "<src-direct>",
    ]
)


def folded(text: str) -> str:
    """Continuation lines (`cache`, `nexthop ...`) joined to their route."""
    return re.sub(r"\n(?=[ \t]+\S|cache\b|nexthop\b)[ \t]*", " ", re.sub(r"\\(?=[ \t])", " ", text))


def _words(line: str) -> tuple[str, str, list[str]]:
    words = line.split()
    kind = words.pop(0) if words[0] in _KINDS else "unicast"
    return kind, words.pop(0), words


def _fields(words: list[str]) -> dict[str, str]:
    """`via A dev B proto C ...` as a mapping; flags stand alone."""
    fields: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        if word in _FLAGS or word.startswith("<"):
            fields[word] = word
        elif word == "via":
            fields["via"] = _after_family(rest)
        else:
            fields[word] = next(rest, "")
    return fields


def _after_family(rest: Iterable[str]) -> str:
    word = next(iter(rest), "")
    return next(iter(rest), "") if word in ("inet", "inet6") else word


def _version(text: str, words: list[str]) -> int:
    literal = [text, *filter(re.compile(r"[0-9a-fA-F:.]+").fullmatch, words)]
    return 6 if any(word.count(":") >= 2 for word in literal) else 4


def _destination(text: str, words: list[str]) -> Network:
    if text == "default":
        return ip_network("::/0" if _version(text, words) == 6 else "0.0.0.0/0")
    return ip_network(text, strict=False)


def route(line: str) -> Route:
    """`default via 198.51.100.1 dev eth1 proto static metric 100`."""
    kind, target, words = _words(line)
    own, *branches = _split(words)
    fields = _fields(own)
    return Route(
        destination=_destination(target, words),
        table=fields.get("table", "main"),
        kind=kind,
        next_hops=tuple(_hop(_fields(b)) for b in branches) or _single(fields),
        source=_address(fields.get("src")),
        metric=int(fields.get("metric", 0)),
        protocol=fields.get("proto"),
        mtu=int(fields["mtu"]) if "mtu" in fields else None,
        only_from=_destination(fields["from"], own) if fields.get("from") else None,
    )


def _split(words: list[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in words:
        if word == "nexthop":
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def _single(fields: dict[str, str]) -> tuple[NextHop, ...]:
    return (_hop(fields),) if "dev" in fields or "via" in fields else ()


def _hop(fields: dict[str, str]) -> NextHop:
    up = "dead" not in fields and "linkdown" not in fields
    return NextHop(fields.get("dev"), _address(fields.get("via")), int(fields.get("weight", 1)), up)


def _address(text: str | None) -> Address | None:
    return ip_address(text) if text else None


def choice(line: str) -> RouteChoice:
    """`203.0.113.10 via 192.0.2.1 dev eth0 src 192.0.2.20 uid 1000 cache`."""
    kind, target, words = _words(line)
    ip_address(target)
    fields = _fields(words)
    hops = _single(fields)
    if not hops:
        raise ValueError(line)
    return RouteChoice(
        kind=kind,
        next_hop=hops[0],
        source=_address(fields.get("src") or fields.get("from")),
        table=fields.get("table"),
        mtu=int(fields["mtu"]) if "mtu" in fields else None,
    )


# 100:	from 192.0.2.0/24 fwmark 0x1/0xff iif eth0 ipproto tcp sport 1-100 lookup 100
_RULE = re.compile(r"\s*(\d+):\s+(not\s+)?from\s+(\S+)(.*)")
_ACTIONS = frozenset(["blackhole", "unreachable", "prohibit", "nop"])


def rule(line: str) -> PolicyRule:
    """One line of `ip rule show`."""
    found = _RULE.fullmatch(line)
    if not found:
        raise ValueError(line)
    priority, inverted, source, rest = found.groups()
    words = rest.split()
    actions = [w for w in words if w in _ACTIONS]
    fields = _fields(
        [w for w in words if w not in _ACTIONS and not (w.startswith("[") and w.endswith("]"))]
    )
    table = fields.get("lookup") or fields.get("table")
    mark, mask = _mark(fields.get("fwmark"))
    return PolicyRule(
        priority=int(priority),
        action=(
            "lookup" if table else "goto" if "goto" in fields else actions[0] if actions else "nop"
        ),
        table=table,
        source=_network(source),
        destination=_network(fields.get("to", "all")),
        iif=fields.get("iif"),
        oif=fields.get("oif"),
        mark=mark,
        mask=mask,
        protocol=fields.get("ipproto"),
        sport=_range(fields.get("sport")),
        dport=_range(fields.get("dport")),
        tos=int(fields["tos"], 0) if "tos" in fields else None,
        goto=int(fields["goto"]) if "goto" in fields else None,
        inverted=bool(inverted),
        unread=tuple(f"{key} {value}" for key, value in fields.items() if key not in _RULE_WORDS),
        version=_rule_version(source, fields),
    )


_RULE_WORDS = frozenset(
    [
        "lookup",
        "table",
        "goto",
        "to",
        "iif",
        "oif",
        "fwmark",
        "ipproto",
        "sport",
        "dport",
        "tos",
        "proto",
    ]
)


def _rule_version(source: str, fields: dict[str, str]) -> int | None:
    for word in (source, fields.get("to", "all")):
        if word != "all":
            return 6 if ":" in word else 4
    return None


def _network(text: str) -> Network | None:
    return None if text == "all" else ip_network(text, strict=False)


def _mark(text: str | None) -> tuple[int | None, int]:
    if text is None:
        return None, 0xFFFFFFFF
    mark, _, mask = text.partition("/")
    return int(mark, 0), int(mask, 0) if mask else 0xFFFFFFFF


def _range(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    low, _, high = text.partition("-")
    return int(low), int(high or low)
