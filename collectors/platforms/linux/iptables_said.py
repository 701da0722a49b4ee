"""What `iptables -L` says after the addresses of a rule: its conditions, then its target's own
words."""

from __future__ import annotations

import re
from collections.abc import Callable

from collectors.model.services import PORTS

Words = list[str]
UNKNOWN = "--said"  # an option that iptables does not have: conditions in words that we do not know

_NOT = r"(?P<no>!)?\s*"
Read = Callable[[re.Match[str]], Words]


def _plain(*before: str) -> Read:
    """The option with the value that was found, negated where it is."""
    module, option = before[:-1], before[-1]
    return lambda found: [*module, *_negation(found), option, found["value"]]


def _port(found: re.Match[str]) -> Words:
    option = "--sport" if found["side"] == "s" else "--dport"
    return [*_negation(found), option, _numbered(found["value"])]


def _ports(found: re.Match[str]) -> Words:
    value = ",".join(map(_numbered, found["value"].split(",")))
    return ["-m", "multiport", *_negation(found), f"--{found['side']}", value]


def _numbered(value: str) -> str:
    """Ports by number: `ssh` is 22, `ftp-data:ftp` 20:21."""
    return ":".join(str(PORTS.get(part, part)) for part in value.split(":"))


def _flags(found: re.Match[str]) -> Words:
    pair = (_flag_names(found["mask"]), _flag_names(found["value"]))
    return [*_negation(found), "--tcp-flags", *pair]


_FLAG_BITS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG")


def _flag_names(text: str) -> str:
    if not text.startswith("0x"):
        return text
    bits = int(text, 16)
    names = [name for at, name in enumerate(_FLAG_BITS) if bits >> at & 1]
    return ",".join(names) or "NONE"


def _icmp(found: re.Match[str]) -> Words:
    name = "--icmp-type" if found["kind"] == "icmp" else "--icmpv6-type"
    code = f"/{found['code']}" if found["code"] else ""
    return [*_negation(found), name, found["value"] + code]


def _negation(found: re.Match[str]) -> Words:
    return ["!"] if found["no"] else []


def _address_type(found: re.Match[str]) -> Words:
    arguments = ["-m", "addrtype"]
    for side, no, value in re.findall(r"(src|dst)-type (!?)(\S+)", found[0]):
        arguments += [*([no] if no else []), f"--{side}-type", value]
    return (
        arguments
        + ["--limit-iface-in"] * ("limit-in" in found[0])
        + ["--limit-iface-out"] * ("limit-out" in found[0])
    )


def _reverse_path(found: re.Match[str]) -> Words:
    return ["-m", "rpfilter", *(f"--{name}" for name in found[0].split()[1:])]


def _set(found: re.Match[str]) -> Words:
    return ["-m", "set", *_negation(found), "--match-set", found["value"], found["side"]]


_CONDITIONS: tuple[tuple[re.Pattern[str], Read], ...] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (r"/\* (?P<value>.*?) \*/(?P<no>)", _plain("-m", "comment", "--comment")),
        (
            r"(?:tcp|udp|udplite|sctp|dccp)\b(?=\s*(?:$|[sd]pts?:|flags:|option=|/\*|[a-zA-Z#!]))",
            lambda found: [],
        ),
        (r"(?P<side>[sd])pts?:(?P<no>!)?(?P<value>[\w.:+-]+)", _port),
        (r"flags:(?P<no>!)?(?P<mask>[\w,]+)/(?P<value>[\w,]+)", _flags),
        (r"multiport (?P<side>[sd]?ports)\s+" + _NOT + r"(?P<value>[\w.,:+-]+)", _ports),
        (_NOT + r"ctstate (?P<value>[\w,]+)", _plain("-m", "conntrack", "--ctstate")),
        (_NOT + r"ctstatus (?P<value>[\w,]+)", _plain("-m", "conntrack", "--ctstatus")),
        (_NOT + r"ctdir (?P<value>\w+)", _plain("-m", "conntrack", "--ctdir")),
        (_NOT + r"state (?P<value>[A-Z,]+)", _plain("-m", "state", "--state")),
        (
            r"(?P<kind>icmp|ipv6-icmp|icmp6) ?"
            + _NOT
            + r"type (?P<value>\d+)(?: code (?P<code>\d+))?(?! codes)",
            _icmp,
        ),
        (
            r"(?P<kind>icmp|ipv6-icmp|icmp6) "
            + _NOT
            + r"(?P<value>[a-z][a-z-]+[a-z])(?P<code>)(?=\s|$)",
            _icmp,
        ),
        (r"mark match " + _NOT + r"(?P<value>0x\w+(?:/0x\w+)?)", _plain("-m", "mark", "--mark")),
        (
            r"(?:connmark|CONNMARK) match\s+" + _NOT + r"(?P<value>0x\w+(?:/0x\w+)?)",
            _plain("-m", "connmark", "--mark"),
        ),
        (r"limit: avg (?P<value>\d+/\w+) burst \d+(?P<no>)", _plain("-m", "limit", "--limit")),
        (_NOT + r"match-set (?P<value>\S+) (?P<side>[a-z]+(?:,[a-z]+)*)", _set),
        (
            r"source IP range " + _NOT + r"(?P<value>[\da-fA-F.:-]+)",
            _plain("-m", "iprange", "--src-range"),
        ),
        (
            r"destination IP range " + _NOT + r"(?P<value>[\da-fA-F.:-]+)",
            _plain("-m", "iprange", "--dst-range"),
        ),
        (
            r"ADDRTYPE match(?: (?:src|dst)-type !?[\w,]+)+(?: limit-in)?(?: limit-out)?",
            _address_type,
        ),
        (r"rpfilter(?: (?:loose|validmark|accept-local|invert))*", _reverse_path),
        (
            r"#conn (?:src|dst)/\d+ >(?P<no>) (?P<value>\d+)",
            _plain("-m", "connlimit", "--connlimit-above"),
        ),
        (
            r"#conn (?:src|dst)/\d+ <=(?P<no>) (?P<value>\d+)",
            _plain("-m", "connlimit", "--connlimit-upto"),
        ),
        (r"length (?P<no>!)?(?P<value>\d+(?::\d+)?)", _plain("-m", "length", "--length")),
    )
)


def _conditions(text: str) -> Words:
    """Every condition that we know; the words of others stay together and are one that nobody can
    judge."""
    known_words: Words = []
    strange: Words = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        known = next(
            ((found, read) for p, read in _CONDITIONS if (found := p.match(text, at))), None
        )
        if known is None:
            end = re.compile(r"\S+").match(text, at).end()  # type: ignore[union-attr]
            strange.append(text[at:end])
            at = end
            continue
        known_words += known[1](known[0])
        at = known[0].end()
    return [*known_words, UNKNOWN, " ".join(strange)] if strange else known_words


def _mark(found: re.Match[str]) -> Words:
    how, value = found["how"], found["value"]
    if how == "or":
        return ["--set-xmark", f"{value}/{value}"]
    return [{"set": "--set-mark", "xset": "--set-xmark"}.get(how, f"--{how}-mark"), value]


def _session_mark(found: re.Match[str]) -> Words:
    how = found["how"]
    names = {
        "save": "--save-mark",
        "restore": "--restore-mark",
        "set": "--set-mark",
        "xset": "--set-xmark",
    }
    return (
        [names[how], found["value"]]
        if found["value"] and how in ("set", "xset")
        else [names.get(how, f"--{how}")]
    )


_TARGETS: dict[str, tuple[str, Read]] = {
    "REJECT": (r"reject-with (?P<value>[\w-]+)", lambda f: ["--reject-with", f["value"]]),
    "LOG": (
        r"LOG(?: flags \d+)?(?: level \w+)?(?: prefix [\"`](?P<value>.*?)[\"'])?"
        r"(?: (?:tcp-sequence|tcp-options|ip-options|uid|macdecode|unknown-flags))*",
        lambda f: ["--log-prefix", f["value"] or ""],
    ),
    "NFLOG": (
        (
            r"(?:nflog-prefix\s+\"?(?P<value>.*?)\"?)?\s*(?:nflog-(?:group|range|size|threshold)"
            r" \d+\s*)*"
        ),
        lambda f: ["--nflog-prefix", f["value"] or ""],
    ),
    "DNAT": (
        r"to:(?P<value>\S+)(?: (?:random|persistent|random-fully))*",
        lambda f: ["--to-destination", f["value"]],
    ),
    "SNAT": (
        r"to:(?P<value>\S+)(?: (?:random|persistent|random-fully))*",
        lambda f: ["--to-source", f["value"]],
    ),
    "NETMAP": (
        r"to:(?P<value>\S+)|(?P<bare>[\d.]+/\d+)",
        lambda f: ["--to", f["value"] or f["bare"]],
    ),
    "REDIRECT": (
        r"redir ports (?P<value>[\d-]+)(?: random)?",
        lambda f: ["--to-ports", f["value"]],
    ),
    "MASQUERADE": (
        r"(?:masq ports: (?P<value>[\d-]+))?\s*(?:random|random-fully|\s)*",
        lambda f: ["--to-ports", f["value"]] if f["value"] else [],
    ),
    "MARK": (r"MARK (?P<how>set|xset|and|or|xor) (?P<value>0x\w+(?:/0x\w+)?)", _mark),
    "CONNMARK": (
        (
            r"CONNMARK (?P<how>\w+)(?: (?P<value>0x\w+(?:/0x\w+)?))?(?: (?:mask|ctmask|nfmask)"
            r" \S+)*(?: mask \S+)?"
        ),
        _session_mark,
    ),
    "CT": (
        r"CT (?P<value>notrack)?(?:.{0,200} )?(?:zone (?P<zone>\d+))?.*",
        lambda f: ["--notrack"] if f["value"] else ["--zone", f["zone"]] if f["zone"] else [],
    ),
    "TPROXY": (r"TPROXY redirect (?P<value>\S+)(?: mark \S+)?", lambda f: _proxy(f["value"])),
}


def _proxy(text: str) -> Words:
    address, _, port = text.rpartition(":")
    return ["--on-ip", address, "--on-port", port]


def _own_words(target: str) -> str:
    """Targets that let the packet go on tell by their name what they do: `TCPMSS clamp to PMTU`,
    `add-set seen src`."""
    return rf"(?:{re.escape(target)} (?!match\b)|(?:add|del|map)-set ).*"


def words(text: str, target: str | None) -> Words:
    """The conditions and the target as options of `iptables -A`."""
    goto, text = text.startswith("[goto]"), text.removeprefix("[goto]").strip()
    if target is None:
        return _conditions(text)
    pattern, read = _TARGETS.get(target, (None, None))
    found = _at_the_end(re.compile(pattern or _own_words(target)), text)
    own = read(found) if found and read else []
    conditions = _conditions(text[: found.start()] if found else text)
    return [*conditions, "-g" if goto else "-j", target, *own]


def _at_the_end(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Where do the target's words begin, which reach to the end of the line?"""
    starts = [found.end() for found in re.finditer(r"(?:^|\s+|\*/ )", text)]
    for at in starts[:200]:
        found = pattern.fullmatch(text, at)
        if found and found[0]:
            return found
    return None
