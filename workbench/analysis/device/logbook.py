"""Which packets of a flow did a device itself log as refused, and which of its rules wrote that?"""

from __future__ import annotations

import re
from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from collectors.model.evidence import Evidence, Question, Status
from collectors.model.flow import Flow, Protocol
from collectors.model.records import FilterChain, FilterRule, LogLine
from collectors.model.words import FLOODED, LATELY, TABLE_FULL
from workbench.analysis.case.case import Case
from workbench.analysis.case.wording import ago, filter_words, some
from workbench.analysis.device.rulesets import Key, Ruleset, key_of, ruleset

_ENDINGS = ("drop", "reject")
UNTOLD = "TCP"  # a segment whose flags the log does not tell
_BEGINNINGS = ("SYN", "SYN-ACK", "UDP", "ICMP", UNTOLD)
_WORDS = (
    "DROP",
    "DENY",
    "DENIED",
    "BLOCK",
    "REJECT",
    "UNREACH",
    "INVALID",
    "REFUSE",
    "NO SESSION",
    "OUT OF STATE",
)


@dataclass(frozen=True, slots=True)
class LoggedRefusal:
    """Lines about one kind of packet of the flow, of one direction."""

    device: str
    packet: str  # SYN, SYN-ACK, ACK, UDP, ICMP; TCP = a segment of unknown flags
    lines: tuple[LogLine, ...]
    # the rule that refuses what one rule wrote; None = not known, or the policy does
    rule: FilterRule | None
    fresh: bool  # written while the run watched
    pasted: bool  # a person holds it for a part of this failure
    evidence: tuple[str, ...]
    # the rule by which packets that fit no session come to that one, or that one
    gate: FilterRule | None = None
    chain: FilterChain | None = None  # the chain of a hook in which that begins
    by_policy: bool = False  # no rule behind the one that writes refuses: that chain's policy does

    @property
    def prefix(self) -> str:
        """How the device labels them."""
        return self.lines[-1].prefix or "no prefix"

    @property
    def interface(self) -> str | None:
        """Where they came in."""
        return self.lines[-1].iif

    @property
    def age(self) -> float | None:
        """Seconds from the newest of them to what was pasted with it. None = not known."""
        known = [line.age for line in self.lines if line.age is not None]
        whole = len(known) == len(self.lines) or min(known, default=LATELY + 1) <= LATELY
        return min(known) if known and whole else None

    @property
    def recent(self) -> bool:
        """Was it written while the run watched, or shortly before it was pasted?"""
        return self.fresh or (self.pasted and self.age is not None and self.age <= LATELY)

    @property
    def doubtful(self) -> bool:
        """Is it not known when it was written, or which packet of the connection it was?"""
        return (self.pasted and not self.recent) or self.packet == UNTOLD

    @property
    def old(self) -> bool:
        """Does what was pasted with it say that it is of another time?"""
        return self.pasted and self.age is not None and self.age > LATELY

    @property
    def telling(self) -> bool:
        """Does it tell where the flow stops? Of pasted lines only those that no end of a connection
        leaves behind."""
        return self.fresh or (self.pasted and not self.old and self.packet in _BEGINNINGS)

    @property
    def explained(self) -> bool:
        """Do the rules that the device shows refuse what that line names?"""
        return self.rule is not None or self.by_policy

    @property
    def strange(self) -> bool:
        """Was it refused because it fits no session, as the rule, the label or the rest of the line
        says?"""
        return self.gate is not None or "INVALID" in f"{self.prefix} {self.lines[-1].text}".upper()

    @property
    def by(self) -> FilterRule | None:
        """The rule that tells most of why; one that only writes refuses nothing."""
        return self.gate if self.gate is not None and self.gate.verdict != "continue" else self.rule

    @property
    def refuser(self) -> str:
        """What refuses it, in the device's own words. Empty = not known."""
        if self.by is not None:
            return filter_words(self.by.text) or self.by.verdict
        policy = self.by_policy and self.chain is not None
        return (
            f"policy {self.chain.policy} of chain {self.chain.name}"
            if policy and self.chain
            else ""
        )

    @property
    def words(self) -> str:
        """What the log says, in a sentence's middle."""
        where = f" that came in on {self.interface}" if self.interface else ""
        label = f", labelled {self.lines[-1].prefix!r}" if self.lines[-1].prefix else ""
        return (
            "its own log names"
            f" {some(len(self.lines), f'{self.packet} packet')}{where}{label}{self._when}"
        )

    @property
    def _when(self) -> str:
        if not self.pasted or self.recent:
            return ""
        return (
            f", {ago(self.age)} before it was pasted"
            if self.age is not None
            else ", written at an unknown time"
        )


def refusals(case: Case, device: str, flows: Iterable[Flow]) -> tuple[LoggedRefusal, ...]:
    """What the device logged as refused of packets that look like one of these; new lines before
    old ones."""
    wanted = tuple(dict.fromkeys(flows))
    found: dict[tuple[str, str, bool], list[LogLine]] = {}
    ids: dict[tuple[str, str, bool], str] = {}
    for item, line, fresh in _lines(case, device):
        if (
            line.flow is None
            or set("RF") & set(line.flags)
            or not any(f.covers(line.flow) for f in wanted)
        ):
            continue
        key = (_packet(line), line.prefix, fresh)
        found.setdefault(key, []).append(line)
        ids[key] = item.id
    told = (_refusal(case, device, key, tuple(lines), ids[key]) for key, lines in found.items())
    return tuple(sorted((one for one in told if one is not None), key=_order))


def passed(case: Case, device: str, flows: Iterable[Flow]) -> tuple[str, ...]:
    """The answers in which the device's log says that it let packets of one of these pass."""
    wanted = tuple(flows)
    told = (
        (item.id, line)
        for item, line, _ in _lines(case, device)
        if line.flow is not None and not outdated(line)
    )
    fits = (
        (number, line)
        for number, line in told
        if line.flow and any(flow.covers(line.flow) for flow in wanted)
    )
    return tuple(dict.fromkeys(number for number, line in fits if _LETS.search(line.prefix)))


_LETS = re.compile(r"\b(?:ACCEPT|ALLOW|PASS)", re.I)


def _order(one: LoggedRefusal) -> tuple[bool, bool, bool]:
    return not one.fresh, one.old, not one.explained


def _lines(case: Case, device: str) -> Iterator[tuple[Evidence, LogLine, bool]]:
    """The device's own lines of its newest answer, and whether each was written since the one
    before the window."""
    usable = [
        item for item in case.answers(device, Question.LOGS) if item.status is Status.ANSWERED
    ]
    pair = case.samples(device, Question.LOGS)
    before = Tally(line.text for line in pair[0].of(LogLine)) if pair and pair[0].whole else None
    for item in pair[1:] if pair else usable:
        for line in item.of(LogLine):
            old = before is None or before[line.text] > 0
            if before is not None and old:
                before[line.text] -= 1
            if own(case, device, line):
                yield item, line, not old


@dataclass(frozen=True, slots=True)
class Overflow:
    """What the kernel wrote of packets that it dropped because its table of sessions was full."""

    lines: int
    fresh: bool  # written while the run watched
    evidence: tuple[str, ...]
    recent: bool = False  # or shortly before it was pasted


def overflow(case: Case, device: str) -> Overflow | None:
    """Does the device's own log say that its table of sessions was full? None = it does not."""
    lines = (
        (item, line, fresh) for item, line, fresh in _lines(case, device) if not outdated(line)
    )
    told = [(item.id, line, fresh) for item, line, fresh in lines if line.prefix == TABLE_FULL]
    if not told:
        return None
    fresh = any(new for _, _, new in told)
    recent = fresh or any(line.age is not None for _, line, _ in told)
    return Overflow(len(told), fresh, tuple(dict.fromkeys(number for number, _, _ in told)), recent)


@dataclass(frozen=True, slots=True)
class Flood:
    """What the kernel wrote of SYNs to one port that it dropped for lack of room."""

    recent: bool  # while the run watched, or shortly before it was pasted
    evidence: tuple[str, ...]


def flood(case: Case, device: str, port: int | None) -> Flood | None:
    """Does the device's own log say that it drops requests to this port? None = it does not, or of
    another time."""
    lines = [
        one for one in _lines(case, device) if one[1].prefix == FLOODED and one[1].port == port
    ]
    told = [
        (item.id, fresh or line.age is not None)
        for item, line, fresh in lines
        if not outdated(line)
    ]
    if not told:
        return None
    return Flood(
        any(recent for _, recent in told), tuple(dict.fromkeys(number for number, _ in told))
    )


def outdated(line: LogLine) -> bool:
    """Does what was pasted with the line say that it is of another time?"""
    return line.age is not None and line.age > LATELY


def own(case: Case, device: str, line: LogLine) -> bool:
    """Did this device write it? Several share one log: a collector's, or the machine's below
    them."""
    known = {one.name: one.mac for one in case.interfaces(device)}
    if not known or line.flow is None:
        return True
    if any(name is not None and name not in known for name in (line.iif, line.oif)):
        return False
    if line.mac is not None and device not in case.bridging and any(known.values()):
        return line.mac in known.values()
    sent = line.iif is None and line.oif is not None
    return not sent or any(port.device == device for port in case.holders(line.flow.src))


def _packet(line: LogLine) -> str:
    if line.flow is not None and line.flow.protocol is not Protocol.TCP:
        return str(line.flow.protocol).upper()
    if not line.flags:
        return UNTOLD
    if "S" in line.flags:
        return "SYN-ACK" if "." in line.flags else "SYN"
    return "data" if "P" in line.flags else "ACK"


def _refusal(
    case: Case, device: str, key: tuple[str, str, bool], lines: tuple[LogLine, ...], evidence: str
) -> LoggedRefusal | None:
    """None where the rules that write this label are known, and none of them refuses."""
    packet, prefix, fresh = key
    writers, found = writing(case, device, prefix), ruleset(case, device)
    writer, refuser = next(
        ((one, end) for one in writers if (end := _refuser(found, one))), (None, None)
    )
    named = any(word in f"{prefix} {lines[-1].text}".upper() for word in _WORDS)
    if writer is None and (writers or not named):
        return None
    proof = (evidence, *(found.evidence if writer else ()))
    pasted = not fresh and _pasted(case, device)
    rule = refuser if isinstance(refuser, FilterRule) else None
    gate = _gate(found, writer)
    first = gate or writer
    chain = next(
        (one for one in found.base if first is not None and key_of(one) == _place(first)), None
    )
    return LoggedRefusal(
        device,
        packet,
        lines,
        rule,
        fresh,
        pasted,
        proof,
        gate,
        chain,
        refuser is not None and rule is None,
    )


def _pasted(case: Case, device: str) -> bool:
    """Did people bring all that is known of its log?"""
    return all(item.pasted_by is not None for item in case.usable(device, Question.LOGS))


def _gate(found: Ruleset, rule: FilterRule | None) -> FilterRule | None:
    """Where only what fits no session comes to that rule: the rule that says so, itself or all that
    jump there."""
    if rule is None or _wants_invalid(rule):
        return rule
    every = (one for chain in found.rules.values() for one in chain)
    jumps = [one for one in every if one.verdict in ("jump", "goto") and _leads_to(one, rule)]
    return jumps[0] if jumps and all(map(_wants_invalid, jumps)) else None


def _leads_to(jump: FilterRule, rule: FilterRule) -> bool:
    return (jump.dialect, jump.family, jump.table, jump.target) == _place(rule)


def _place(rule: FilterRule) -> Key:
    return (rule.dialect, rule.family, rule.table, rule.chain)


def _wants_invalid(rule: FilterRule) -> bool:
    return any(
        {str(value).lower() for value in match.values} == {"invalid"} for match in rule.matches
    )


def writing(case: Case, device: str, prefix: str) -> tuple[FilterRule, ...]:
    """The rules of the device that write lines with this label."""
    every = (rule for chain in ruleset(case, device).rules.values() for rule in chain)
    return tuple(
        rule
        for rule in every
        if rule.log_prefix is not None and rule.log_prefix.strip() == prefix.strip()
    )


def _refuser(found: Ruleset, rule: FilterRule) -> FilterRule | FilterChain | None:
    """What ends a packet that this rule logs: the rule itself, the next that fits as well, or the
    policy."""
    if rule.verdict != "continue":
        return rule if rule.verdict in _ENDINGS else None
    chain = found.of(*_place(rule))
    for later in chain[chain.index(rule) + 1 :]:
        if later.verdict != "continue":
            fits = later.verdict in _ENDINGS and set(later.matches) <= set(rule.matches)
            return later if fits else None
    base = next((one for one in found.base if key_of(one) == _place(rule)), None)
    return base if base is not None and base.policy == "drop" else None
