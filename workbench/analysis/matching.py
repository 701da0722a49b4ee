"""Does one condition of a filter rule hold for one imagined packet? Yes, no, or it cannot be told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Literal

from collectors.model.flow import Flow, Protocol
from collectors.model.records import FilterRule, Match
from workbench.analysis import fib
from workbench.analysis.case import Case

State = Literal["new", "established", "related", "invalid", "untracked"]


@dataclass(frozen=True, slots=True)
class Trial:
    """One packet, imagined at one device. None = not known."""

    flow: Flow
    iif: str | None = None  # None = the device sends it itself
    oif: str | None = None  # None = it is for the device itself
    state: State | None = "new"
    flags: str | None = "S"  # tcpdump's letters, as in Packet: "S", "S.", ".", "P.", "R"
    mark: int | None = 0
    reply: bool | None = None  # does it go in the reply direction of its session?
    translated: bool | None = None
    length: int | None = None
    icmp: str | None = None  # type in nft's words: echo-request, destination-unreachable, packet-too-big

    def with_state(self, state: State) -> Trial:
        """The same packet in another state."""
        return replace(self, state=state)


def applies(case: Case, device: str, rule: FilterRule, trial: Trial) -> bool | None:
    """Does the rule match the packet? None = it may or may not."""
    answers = [holds(case, device, match, trial) for match in rule.matches]
    return False if False in answers else (None if None in answers else True)


def holds(case: Case, device: str, match: Match, trial: Trial) -> bool | None:
    """Does the condition hold for the packet?"""
    if match.field == "fib":
        found = _fib(case, device, match, trial)
    else:
        judge = _FIELDS.get(match.field)
        found = judge(match.values, trial) if judge else None
    return found if found is None or not match.negated else not found


def _interface(name: str | None) -> Callable[[object], bool]:
    def fits(value: object) -> bool:
        pattern = str(value).strip('"')
        pattern = pattern[:-1] + "*" if pattern.endswith("+") else pattern
        return name is not None and fnmatchcase(name, pattern.replace("[", "[[]"))

    return fits


def _iif(values: tuple[object, ...], trial: Trial) -> bool:
    return any(map(_interface(trial.iif), values))


def _oif(values: tuple[object, ...], trial: Trial) -> bool:
    return any(map(_interface(trial.oif), values))


def _src(values: tuple[object, ...], trial: Trial) -> bool | None:
    return _among(trial.flow.src, values)


def _dst(values: tuple[object, ...], trial: Trial) -> bool | None:
    return _among(trial.flow.dst, values)


def _among(address: object, values: Iterable[object]) -> bool | None:
    found: bool | None = False
    for value in values:
        if isinstance(value, str):
            found = None  # a set, a name or a range that was not read
        elif address in value:  # type: ignore[operator]
            return True
    return found


_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "ipv6-icmp": "icmpv6", "icmp6": "icmpv6"}


def _protocol(values: tuple[object, ...], trial: Trial) -> bool:
    own = trial.flow.protocol.value
    own = "icmpv6" if own == "icmp" and trial.flow.version == 6 else own
    named = {_PROTOCOLS.get(str(value).lower(), str(value).lower()) for value in values}
    return own in named or "all" in named


def _sport(values: tuple[object, ...], trial: Trial) -> bool | None:
    return _port(trial.flow.sport, values, trial)


def _dport(values: tuple[object, ...], trial: Trial) -> bool | None:
    return _port(trial.flow.dport, values, trial)


def _port(port: int | None, values: tuple[object, ...], trial: Trial) -> bool | None:
    if trial.flow.protocol is Protocol.ICMP:
        return False
    spans = [value for value in values if isinstance(value, tuple) and len(value) == 2]
    if (0, 65535) in spans or (1, 65535) in spans:
        return True
    if port is None:
        return None if values else True
    if any(low <= port <= high for low, high in spans):
        return True
    return False if len(spans) == len(values) else None


def _state(values: tuple[object, ...], trial: Trial) -> bool | None:
    return None if trial.state is None else trial.state in _words(values)


def _words(values: tuple[object, ...]) -> set[str]:
    return {word for value in values for word in re.split(r"[,|\s]+", str(value).lower()) if word}


def _direction(values: tuple[object, ...], trial: Trial) -> bool | None:
    if trial.reply is None:
        return None
    return ("reply" if trial.reply else "original") in _words(values)


def _status(values: tuple[object, ...], trial: Trial) -> bool | None:
    wanted = _words(values)
    if trial.state in ("invalid", "untracked") or (trial.translated is False and wanted <= {"snat", "dnat"}):
        return False
    if wanted & {"assured", "seen-reply", "confirmed"} and trial.state == "new":
        return False
    return None


def _mark(values: tuple[object, ...], trial: Trial) -> bool | None:
    if trial.mark is None:
        return None
    return any(_same_mark(str(value), trial.mark) for value in values)


def _same_mark(text: str, mark: int) -> bool:
    value, _, mask = text.partition("/")
    bits = int(mask, 0) if mask else 0xFFFFFFFF
    return mark & bits == int(value, 0) & bits


_FLAGS = {"S": "syn", ".": "ack", "F": "fin", "R": "rst", "P": "psh", "U": "urg", "E": "ecn", "W": "cwr"}
_ALL_FLAGS = frozenset(_FLAGS.values())


def _tcp_flags(values: tuple[object, ...], trial: Trial) -> bool | None:
    if trial.flow.protocol is not Protocol.TCP:
        return False
    if trial.flags is None:
        return None
    own = {_FLAGS[letter] for letter in trial.flags if letter in _FLAGS}
    flat = len(values) == 2 and all(isinstance(value, str) for value in values)
    pairs: list[object] = [values] if flat else list(values)
    return any(own & _flag_names(pair[0]) == _flag_names(pair[1]) for pair in pairs if isinstance(pair, tuple))


def _flag_names(text: object) -> frozenset[str]:
    words = frozenset(word for word in re.split(r"[,|\s()]+", str(text).lower()) if word)
    if words & {"all", "0xff", "0x3f"}:
        return _ALL_FLAGS
    return words - {"none", "0x0", "0"}


def _icmp_type(values: tuple[object, ...], trial: Trial) -> bool | None:
    if trial.flow.protocol is not Protocol.ICMP:
        return False
    if trial.icmp is None:
        return None
    return trial.icmp in {str(value).lower() for value in values} or "any" in values


def _length(values: tuple[object, ...], trial: Trial) -> bool | None:
    spans = [re.fullmatch(r"(\d+)(?:[-:](\d+))?", str(value)) for value in values]
    if trial.length is None or None in spans:
        return None
    return any(int(s[1]) <= trial.length <= int(s[2] or s[1]) for s in spans if s)


def _version(values: tuple[object, ...], trial: Trial) -> bool:
    named = _words(values)
    return bool(named & ({"4", "ip", "ipv4", "0x0800"} if trial.flow.version == 4 else {"6", "ip6", "ipv6", "0x86dd"}))


def _fib(case: Case, device: str, match: Match, trial: Trial) -> bool | None:
    """`fib saddr . iif oif missing`, `fib daddr type local`, iptables' rpfilter and addrtype."""
    text = " ".join(str(value) for value in match.values).lower()
    if "type" in text and "local" in text:
        return _is_local(case, device, trial, source="saddr" in text or "src" in text)
    if "saddr" in text or "rpfilter" in text:
        missing = _no_way_back(case, device, trial, strict="loose" not in text and ("iif" in text or "rpf" in text))
        wanted_missing = "missing" in text or " 0" in text or "invert" in text
        return missing if missing is None or wanted_missing else not missing
    return None


def _is_local(case: Case, device: str, trial: Trial, *, source: bool) -> bool | None:
    address = trial.flow.src if source else trial.flow.dst
    if not case.interfaces(device):
        return None
    return any(port.address.ip == address for port in case.ports_of(device))


def _no_way_back(case: Case, device: str, trial: Trial, *, strict: bool) -> bool | None:
    back = fib.from_tables(case, device, trial.flow.reversed(), None, trial.mark)
    if back.kind == fib.UNKNOWN:
        return None
    if back.kind != fib.UNICAST:
        return True
    return strict and trial.iif not in {hop.interface for hop in back.next_hops}


_FIELDS: dict[str, Callable[[tuple[object, ...], Trial], bool | None]] = {
    "iif": _iif,
    "oif": _oif,
    "src": _src,
    "dst": _dst,
    "protocol": _protocol,
    "sport": _sport,
    "dport": _dport,
    "ct_state": _state,
    "ct_direction": _direction,
    "ct_status": _status,
    "mark": _mark,
    "tcp_flags": _tcp_flags,
    "icmp_type": _icmp_type,
    "length": _length,
    "version": _version,
}
