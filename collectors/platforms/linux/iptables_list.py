"""`iptables -L` in all its forms, put back into the words of `iptables -A`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from collectors.model.answer import ParseResult
from collectors.model.records import FilterChain, FilterRule, Record
from collectors.platforms.linux import iptables_said
from collectors.platforms.linux.chain_places import with_place

Words = list[str]

# Chain INPUT (policy DROP 12 packets, 720 bytes) / Chain DOCKER (1 references)
CHAIN = re.compile(
    r"Chain (?P<name>\S+) \("
    r"(?:policy (?P<policy>[A-Z]+)(?: (?P<packets>\d+[KMGTP]?) packets, (?P<bytes>\d+[KMGTP]?)"
    r" bytes)?"
    r"|(?P<references>-?\d+) references|ERROR obtaining refs)\)"
)
# num   pkts bytes target     prot opt in     out     source               destination
_TITLES = re.compile(
    r"\s*(?:num\s+)?(?:pkts\s+bytes\s+)?target\s+prot opt(?: in\s+out)?\s+source\s+destination\s*"
)
NAT_TARGETS = frozenset(["DNAT", "SNAT", "MASQUERADE", "REDIRECT", "NETMAP"])
MARKING = frozenset(["MARK", "CONNMARK", "TPROXY", "TOS", "DSCP", "TCPMSS", "TTL", "CLASSIFY"])


# iptables -t nat -nvL PREROUTING / ip6tables-legacy --table=mangle -S
_COMMAND = re.compile(
    r"(?:\S*/)?(?P<tool>ip6?tables)[\w-]*\b(?:.*?(?:\s-\w*t\s*|\s--table[ =])(?P<table>\w+))?"
)


def placed(reading: ParseResult, command: str) -> ParseResult:
    """The same, in the table and the family that the command names: a listing does not name its
    own."""
    found = _COMMAND.match(command)
    if not found or "-save" in command:
        return reading
    family = "ip6" if found["tool"] == "ip6tables" else "ip"
    table = found["table"] or "filter"
    return replace(
        reading, records=tuple(_placed(record, table, family) for record in reading.records)
    )


def _placed(record: Record, table: str, family: str) -> Record:
    if isinstance(record, FilterRule):
        return replace(record, table=table, family=family)
    if not isinstance(record, FilterChain):
        return record
    return with_place(replace(record, table=table, family=family))


@dataclass(frozen=True, slots=True)
class ListedRule:
    """One rule of a listing."""

    words: Words  # as after `-A CHAIN`
    packets: int | None
    bytes: int | None
    interfaces: bool  # does the listing show interfaces at all (-v)?


def titles(line: str) -> tuple[str, ...] | None:
    """The columns of a listing, where the line names them."""
    return tuple(line.split()) if _TITLES.fullmatch(line) else None


def count(text: str | None) -> int | None:
    """A counter; a rounded one (`318K`) is none, as it may move and not show it."""
    return int(text) if text and text.isdigit() else None


def likely_table(chains: Iterable[str], targets: Iterable[str]) -> str:
    """Which table is it that has these built-in chains, whose rules end so? Listings do not say."""
    built_in, ends = set(_ORDER) & set(chains), set(targets)
    if "FORWARD" in built_in:
        return "mangle" if built_in & {"PREROUTING", "POSTROUTING"} else "filter"
    if ends & NAT_TARGETS:
        return "nat"
    if not built_in & {"PREROUTING", "POSTROUTING"}:
        return "filter"
    if ends & MARKING:
        return "mangle"
    return "nat" if "POSTROUTING" in built_in else "raw"


def tables_of(lines: Iterable[str]) -> list[str]:
    """The table of each listing in the text, one after the other."""
    listings = [Listing()]
    for line in lines:
        if (found := CHAIN.match(line)) and not listings[-1].takes(found["name"]):
            listings.append(Listing())
            listings[-1].takes(found["name"])
        elif added := _ADDED.match(line):
            listings[-1].chains.add(added["name"])
        words = line[:2000].split()
        listings[-1].targets.update(word for word in words[:6] + words[-6:] if word.isupper())
    return [likely_table(one.chains, one.targets) for one in listings if one.chains]


class Listing:
    """The chains of one listing: each is shown once, and the built-in ones in the order of a
    packet."""

    def __init__(self) -> None:
        self.chains: set[str] = set()
        self.targets: set[str] = set()
        self._rank = -1

    def takes(self, chain: str) -> bool:
        """Does the chain belong to this listing? It is one of it then."""
        rank = _ORDER.index(chain) if chain in _ORDER else self._rank
        if chain in self.chains or rank < self._rank:
            return False
        self.chains.add(chain)
        self._rank = rank
        return True


_ORDER = ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")
_ADDED = re.compile(r"-[PA] (?P<name>\S+)")


def looks_six(text: str) -> bool:
    """Is this a listing of `ip6tables`? Its options column is empty in most versions."""
    return bool(re.search(r"^\s*Chain \S+ \(", text, re.M)) and bool(_SIX.search(text))


_SIX = re.compile(
    r"^.{0,60} (?:ipv6-icmp|::/0|[0-9a-fA-F]{1,4}:[0-9a-fA-F:]+/\d+|(?:all|tcp|udp) {4,}(?:\S+"
    r" +){0,2}anywhere) ",
    re.M,
)


_OPTIONS = frozenset(["--", "-f", "!f"])
_PROTOCOLS = re.compile(
    r"all|tcp|udp(?:lite)?|icmp|icmpv6|ipv6-icmp|icmp6|esp|ah|sctp|dccp|gre|igmp|ipencap|ipip|ospf|pim|vrrp|l2tp|ipv6|mh"
    r"|[0-2]?\d{1,2}"
)


def row(line: str, columns: tuple[str, ...]) -> ListedRule | None:
    """One line under the titles; None where it is none."""
    counted, shown = "pkts" in columns, "in" in columns
    before = ("num" in columns) + 2 * counted
    cells = line.split()
    at = _protocol_at(cells[before : before + 3])
    if at is None or not all(re.fullmatch(r"\d+[KMGTP]?", cell) for cell in cells[:before]):
        return None
    optional = cells[before + at + 1 : before + at + 2]
    fixed = before + at + 1 + (optional[0] in _OPTIONS if optional else 0) + 2 * shown + 2
    parts = line.split(None, fixed)
    if len(parts) < fixed:
        return None
    target = parts[before] if at else None
    numbers = (count(parts[before - 2]), count(parts[before - 1])) if counted else (None, None)
    rest = parts[fixed].rstrip() if len(parts) > fixed else ""
    words = _addresses(parts[before + at], optional, parts[fixed - 2 - 2 * shown : fixed], shown)
    return ListedRule([*words, *iptables_said.words(rest, target)], *numbers, interfaces=shown)


def columns_of(line: str) -> tuple[str, ...]:
    """Which columns a line without its titles must have (`iptables -nvL | grep 443`)."""
    leading = len(re.match(r"(?:\s*\d+[KMGTP]?(?=\s))*", line)[0].split())  # type: ignore[index]
    names = ("num",) * (leading % 2) + ("pkts", "bytes") * (leading >= 2)
    shown = ("in", "out") if leading >= 2 else ()
    return (*names, "target", "prot", "opt", *shown, "source", "destination")


def _protocol_at(cells: list[str]) -> int | None:
    """After the target, or first where the rule has none."""
    if cells[2:3] and cells[2] in _OPTIONS:
        return 1
    if cells[1:2] and cells[1] in _OPTIONS:
        return 0
    for at in (1, 0):
        cell = "".join(cells[at : at + 1]).lstrip("!")
        if _PROTOCOLS.fullmatch(cell):
            return at
    return None


def _addresses(protocol: str, option: list[str], cells: list[str], shown: bool) -> Words:
    """`tcp`, `--`, `eth0`, `*`, `10.0.0.0/8`, `!anywhere` as options."""
    names = ("-i", "-o", "-s", "-d") if shown else ("-s", "-d")
    words = [] if protocol in ("all", "0") else _option("-p", protocol)
    if option and "f" in option[0]:
        words += ["!", "-f"] if option[0][0] == "!" else ["-f"]
    for name, cell in zip(names, cells, strict=True):
        if cell not in ("*", "any", "anywhere", "0.0.0.0/0", "::/0"):
            words += _option(name, cell)
    return words


def _option(name: str, cell: str) -> Words:
    return ["!", name, cell[1:]] if cell.startswith("!") and len(cell) > 1 else [name, cell]
