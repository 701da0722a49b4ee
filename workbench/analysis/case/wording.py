"""Rules, routes and next hops in words, as an engineer would read them out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from ipaddress import ip_network

from collectors.model.records import NextHop, PolicyRule, Route

EVERYWHERE = frozenset({0, 32766, 32767})  # the priorities of the rules that every device has
_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"))
_COUNTED = re.compile(r" ?counter packets \d+ bytes \d+")


def some(count: int, noun: str = "packet") -> str:
    """So many of them: `1 packet`, `3 SYN-ACK packets`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def times(count: int) -> str:
    """How often: `once`, `3 times`."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def ago(seconds: float) -> str:
    """How long, roughly: `5 minutes`, `3 hours`, `62 days`."""
    amount, unit = next(
        ((seconds / size, unit) for size, unit in _UNITS if seconds >= 2 * size),
        (seconds, "second"),
    )
    return some(round(amount), unit)


def listed(names: Sequence[str]) -> str:
    """All names in one phrase: `r1`, `r1 and r2`, `r1, r2 and r3`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""


def filter_words(text: str) -> str:
    """A filter's rule without the numbers that it has counted so far."""
    return _COUNTED.sub("", text)


def chain_words(hook: str, chain: str) -> str:
    """The chain in words; most are named like their hook."""
    return f"{hook} chain" if chain.lower() == hook.lower() else f"{hook} chain {chain}"


def rule_words(rule: PolicyRule) -> str:
    """The rule in words: `rule 100 (from 192.0.2.0/24) -> table 100`."""
    chosen = " ".join(_selector_words(rule))
    if rule.priority in EVERYWHERE and rule.table and not chosen:
        return f"table {rule.table}"
    end = f"table {rule.table}" if rule.table else rule.action
    return f"rule {rule.priority}{f' ({chosen})' if chosen else ''} -> {end}"


def _selector_words(rule: PolicyRule) -> Iterator[str]:
    if rule.inverted:
        yield "not"
    named = {
        "from": rule.source,
        "to": rule.destination,
        "iif": rule.iif,
        "oif": rule.oif,
        "ipproto": rule.protocol,
    }
    yield from (f"{word} {value}" for word, value in named.items() if value is not None)
    if rule.mark is not None:
        yield f"fwmark {rule.mark:#x}" + ("" if rule.mask == 0xFFFFFFFF else f"/{rule.mask:#x}")
    if rule.tos:
        yield f"tos {rule.tos:#x}"
    for word, span in (("sport", rule.sport), ("dport", rule.dport)):
        if span is not None:
            yield f"{word} {span[0]}" + ("" if span[0] == span[1] else f"-{span[1]}")
    yield from rule.unread


def route_words(route: Route) -> str:
    """The route in words: `default via 198.51.100.1 dev eth1`."""
    everything = route.destination == ip_network(
        "0.0.0.0/0" if route.destination.version == 4 else "::/0"
    )
    target = "default" if everything else str(route.destination)
    target += f" from {route.only_from}" if route.only_from else ""
    kind = "" if route.kind == "unicast" else f"{route.kind} "
    return f"{kind}{target} {' or '.join(hop_words(hop) for hop in route.next_hops)}".strip()


def hop_words(hop: NextHop) -> str:
    """The next hop in words: `via 198.51.100.1 dev eth1`."""
    via = f"via {hop.gateway}" if hop.gateway else ""
    dev = f"dev {hop.interface}" if hop.interface else ""
    return f"{via} {dev}".strip()
