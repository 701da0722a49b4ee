"""The conditions of an iptables rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import product

from collectors.model.records import Match
from collectors.platforms.linux import filter_words
from collectors.platforms.linux.filter_words import networks, port_range, unread
from collectors.platforms.linux.iptables_said import UNKNOWN

Alternative = tuple[Match, ...]

_ALIASES = {
    "--in-interface": "-i", "--out-interface": "-o", "--source": "-s", "--src": "-s", "--destination": "-d",
    "--dst": "-d", "--protocol": "-p", "--proto": "-p", "--source-port": "--sport", "--destination-port": "--dport",
    "--source-ports": "--sports", "--destination-ports": "--dports", "--match": "-m", "--fragment": "-f",
}  # fmt: skip
_IGNORED = frozenset(
    [
        "comment",
        "tcp",
        "udp",
        "icmp",
        "icmp6",
        "icmpv6",
        "conntrack",
        "state",
        "multiport",
        "mark",
        "connmark",
        "limit",
        "rpfilter",
        "addrtype",
    ]
)


def _options(words: list[str]) -> list[tuple[str, str, list[str], bool]]:
    """(module, option, values, negated) of every option, in order."""
    found: list[tuple[str, str, list[str], bool]] = []
    module, negated, at = "", False, 0
    while at < len(words):
        word = _ALIASES.get(words[at], words[at])
        at += 1
        if word == "!":
            negated = True
            continue
        values = []
        while at < len(words) and not words[at].startswith("-") and words[at] != "!":
            values.append(words[at])
            at += 1
        if word == "-m":
            module = values[0] if values else ""
        if word.startswith("-"):
            found.append((module, word, values, negated))
        negated = False
    return found


def comment(words: list[str]) -> str | None:
    """The rule's comment."""
    return next(
        (" ".join(values) for _, option, values, _ in _options(words) if option == "--comment"),
        None,
    )


def read(words: list[str], version: int, sets: Mapping[str, list[str]]) -> list[Alternative]:
    """All conditions; more than one alternative where one option looks at either of two fields."""
    options = _options(words)
    names = {option for _, option, _, _ in options}
    groups: list[list[Alternative]] = []
    for module, option, values, negated in options:
        if option == "--match-set":
            groups.append(_in_set(values, negated, sets))
        else:
            groups.append(_option(module, option, values, negated, version))
    groups.extend(_modules(options, names))
    return [tuple(dict.fromkeys(m for part in parts for m in part)) for parts in product(*groups)]


def _in_set(values: list[str], negated: bool, sets: Mapping[str, list[str]]) -> list[Alternative]:
    """`--match-set trusted src`, `--match-set web dst,dst`: judged where ipset showed what the
    set holds."""
    try:
        name, directions = values[0], values[1].split(",")
        elements = sets[name]
        if len(directions) == 1:
            held = tuple(net for element in elements for net in networks(element))
            return [(Match(directions[0], held, negated),)]
        if not negated and len(elements) <= 256:
            return [_element(element, directions) for element in elements] or [
                (Match("protocol", ()),)
            ]
    except (KeyError, ValueError, IndexError):
        pass
    return [(unread(f"{'! ' if negated else ''}-m set --match-set {' '.join(values)}"),)]


def _element(element: str, directions: list[str]) -> Alternative:
    """`10.0.0.1,tcp:80` for `dst,dst`: an address, then a port with its protocol."""
    address, port = element.split(",")
    kind, _, number = port.rpartition(":")
    own = (Match("protocol", (kind,)),) if kind else ()
    side = {"src": "sport", "dst": "dport"}[directions[1]]
    return (Match(directions[0], networks(address)), *own, Match(side, (port_range(number),)))


def _option(
    module: str, option: str, values: list[str], negated: bool, version: int
) -> list[Alternative]:
    if option in _SKIPPED or (option == "-m" and values and values[0] in _IGNORED | _WHOLE):
        return [()]
    try:
        if option == "--ports":
            spans = _spans(values[0])
            return _either([Match("sport", spans), Match("dport", spans)], negated)
        if (module, option) in _BY_MODULE:
            return [(_BY_MODULE[module, option](values, negated),)]
        if option in _BY_OPTION:
            return [(_BY_OPTION[option](values, negated, version),)]
    except (ValueError, IndexError, KeyError):
        pass
    if option == UNKNOWN:
        return [(unread(" ".join(values)),)]
    if option == "-m":
        return [()]  # its options follow and speak for it
    return [
        (
            unread(
                f"{'! ' if negated else ''}{'-m ' + module + ' ' if module else ''}{option}"
                f" {' '.join(values)}"
            ),
        )
    ]


def _either(matches: list[Match], negated: bool) -> list[Alternative]:
    if not negated:
        return [(match,) for match in matches]
    return [tuple(replace(match, negated=True) for match in matches)]


_SKIPPED = frozenset(
    [
        "--comment",
        "--limit-burst",
        "--invert",
        "--loose",
        "--validmark",
        "--accept-local",
        "--limit-iface-in",
        "--limit-iface-out",
    ]
)
_WHOLE = frozenset({"physdev", "rpfilter"})


def _spans(text: str) -> tuple[tuple[int, int], ...]:
    return tuple(port_range(part) for part in text.split(","))


def _modules(
    options: list[tuple[str, str, list[str], bool]], names: set[str]
) -> list[list[Alternative]]:
    """Modules whose mere presence is a condition."""
    present = [
        (values[0], negated) for _, option, values, negated in options if option == "-m" and values
    ]
    groups: list[list[Alternative]] = []
    for module, _ in present:
        if module == "rpfilter":
            groups.append([(_rpfilter(names),)])
        elif module in ("socket", "ipvs", "eui64") and not any(
            m == module and o != "-m" for m, o, _, _ in options
        ):
            groups.append([(unread(f"-m {module}"),)])
    return groups


def _rpfilter(names: set[str]) -> Match:
    """Without --invert the rule matches packets that pass the check."""
    key = "saddr . mark" if "--validmark" in names else "saddr"
    strict = "" if "--loose" in names else " . iif"
    return Match("fib", (f"{key}{strict} oif missing",), negated="--invert" not in names)


def _interface(field: str) -> Callable[[list[str], bool, int], Match]:
    def read_name(values: list[str], negated: bool, version: int) -> Match:
        name = values[0]
        return Match(field, (name[:-1] + "*" if name.endswith("+") else name,), negated)

    return read_name


def _address(field: str) -> Callable[[list[str], bool, int], Match]:
    def read_address(values: list[str], negated: bool, version: int) -> Match:
        return Match(
            field, tuple(net for part in values[0].split(",") for net in networks(part)), negated
        )

    return read_address


def _ports(field: str) -> Callable[[list[str], bool, int], Match]:
    return lambda values, negated, version: Match(field, _spans(values[0]), negated)


def _protocol(values: list[str], negated: bool, version: int) -> Match:
    return Match("protocol", (filter_words.protocol(values[0]),), negated)


def _flags(values: list[str], negated: bool, version: int) -> Match:
    pair = filter_words.flag_pair(values[0].split(","), values[1].split(","))
    return Match("tcp_flags", (pair,), negated)


def _syn(values: list[str], negated: bool, version: int) -> Match:
    return Match("tcp_flags", (("fin,syn,rst,ack", "syn"),), negated)


def _icmp(values: list[str], negated: bool, version: int) -> Match:
    kind, slash, code = values[0].partition("/")
    if values[0] in ("any", "255"):
        return Match("protocol", ("icmp" if version == 4 else "icmpv6",), negated)
    if values[0] == "fragmentation-needed":
        kind, slash, code = "3", "/", "4"
    return Match("icmp_type", (filter_words.icmp_name(f"{kind}{slash}{code}", version),), negated)


def _states(field: str) -> Callable[[list[str], bool], Match]:
    def read_states(values: list[str], negated: bool) -> Match:
        names = tuple(values[0].lower().replace("_", "-").split(","))
        translated = not {"snat", "dnat"}.isdisjoint(names)
        if field != "ct_state" or not translated:
            return Match(field, names, negated)
        return Match("ct_status" if len(names) == 1 else "unread", names, negated)

    return read_states


def _mark(field: str) -> Callable[[list[str], bool], Match]:
    return lambda values, negated: Match(field, (filter_words.mark(values[0]),), negated)


def _type(key: str) -> Callable[[list[str], bool], Match]:
    def read_type(values: list[str], negated: bool) -> Match:
        return Match(
            "fib", tuple(f"{key} type {name.lower()}" for name in values[0].split(",")), negated
        )

    return read_type


def _range(field: str) -> Callable[[list[str], bool], Match]:
    return lambda values, negated: Match(field, networks(values[0]), negated)


def _length(values: list[str], negated: bool) -> Match:
    low, high = port_range(values[0])
    return Match("length", (f"{low}-{high}",), negated)


def _limit(values: list[str], negated: bool) -> Match:
    return Match("limit", (values[0],), negated)


_BY_OPTION: dict[str, Callable[[list[str], bool, int], Match]] = {
    "-i": _interface("iif"),
    "-o": _interface("oif"),
    "-s": _address("src"),
    "-d": _address("dst"),
    "-p": _protocol,
    "--sport": _ports("sport"),
    "--dport": _ports("dport"),
    "--sports": _ports("sport"),
    "--dports": _ports("dport"),
    "--tcp-flags": _flags,
    "--syn": _syn,
    "--icmp-type": _icmp,
    "--icmpv6-type": _icmp,
}
_BY_MODULE: dict[tuple[str, str], Callable[[list[str], bool], Match]] = {
    ("conntrack", "--ctstate"): _states("ct_state"),
    ("state", "--state"): _states("ct_state"),
    ("conntrack", "--ctstatus"): _states("ct_status"),
    ("conntrack", "--ctdir"): _states("ct_direction"),
    ("mark", "--mark"): _mark("mark"),
    ("connmark", "--mark"): _mark("ct_mark"),
    ("addrtype", "--dst-type"): _type("daddr"),
    ("addrtype", "--src-type"): _type("saddr"),
    ("iprange", "--src-range"): _range("src"),
    ("iprange", "--dst-range"): _range("dst"),
    ("length", "--length"): _length,
    ("limit", "--limit"): _limit,
}
