"""Which packets of a flow did a device itself log as refused, and which of its rules wrote that?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from collectors.model.evidence import Question
from collectors.model.flow import Flow, Protocol
from collectors.model.records import FilterChain, FilterRule, LogLine, Match
from collectors.model.words import LATELY
from workbench.analysis.case.case import Case
from workbench.analysis.case.wording import ago, filter_words, some
from workbench.analysis.device.own_log import OwnLine, own_lines
from workbench.analysis.device.rulesets import Ruleset, chain_of, key_of, ruleset

_ENDINGS = ("drop", "reject")
UNKNOWN_SEGMENT = "TCP"  # a segment whose flags the log does not show
_BEGINNINGS = ("SYN", "SYN-ACK", "UDP", "ICMP", UNKNOWN_SEGMENT)
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
        newest = min(known, default=None)
        if newest is None or newest <= LATELY:
            return newest
        complete = len(known) == len(self.lines)
        return newest if complete else None

    @property
    def _age_when_pasted(self) -> float | None:
        return self.age if self.pasted else None

    @property
    def recent(self) -> bool:
        """Was it written while the run watched, or shortly before it was pasted?"""
        if self.fresh:
            return True
        age = self._age_when_pasted
        return age is not None and age <= LATELY

    @property
    def doubtful(self) -> bool:
        """Is it not known when it was written, or which packet of the connection it was?"""
        if self.packet == UNKNOWN_SEGMENT:
            return True
        return self.pasted and not self.recent

    @property
    def old(self) -> bool:
        """Does what was pasted with it say that it is of another time?"""
        age = self._age_when_pasted
        return age is not None and age > LATELY

    @property
    def shows_where(self) -> bool:
        """Does it show where the flow stops? Of pasted lines only those that no end of a connection
        leaves behind."""
        if self.fresh:
            return True
        if not self.pasted or self.old:
            return False
        return self.packet in _BEGINNINGS

    @property
    def explained(self) -> bool:
        """Do the rules that the device shows refuse what that line names?"""
        return self.rule is not None or self.by_policy

    @property
    def strange(self) -> bool:
        """Was it refused because it fits no session, as the rule, the label or the rest of the line
        says?"""
        if self.gate is not None:
            return True
        return "INVALID" in f"{self.prefix} {self.lines[-1].text}".upper()

    @property
    def by(self) -> FilterRule | None:
        """The rule that explains most; one that only writes refuses nothing."""
        if self.gate is None or self.gate.verdict == "continue":
            return self.rule
        return self.gate

    @property
    def refuser(self) -> str:
        """What refuses it, in the device's own words. Empty = not known."""
        if self.by is not None:
            return filter_words(self.by.text) or self.by.verdict
        if self.chain is None or not self.by_policy:
            return ""
        return f"policy {self.chain.policy} of chain {self.chain.name}"

    @property
    def words(self) -> str:
        """What the log says, in a sentence's middle."""
        packets = some(len(self.lines), f"{self.packet} packet")
        where = f" that came in on {self.interface}" if self.interface else ""
        prefix = self.lines[-1].prefix
        label = f", labelled {prefix!r}" if prefix else ""
        return f"its own log names {packets}{where}{label}{self._when}"

    @property
    def _when(self) -> str:
        if not self.pasted or self.recent:
            return ""
        if self.age is None:
            return ", written at an unknown time"
        return f", {ago(self.age)} before it was pasted"


def refusals(case: Case, device: str, flows: Iterable[Flow]) -> tuple[LoggedRefusal, ...]:
    """What the device logged as refused of packets that look like one of these; new lines before
    old ones."""
    wanted = tuple(dict.fromkeys(flows))
    groups: dict[tuple[str, str, bool], list[OwnLine]] = {}
    for one in own_lines(case, device):
        if _ends_a_connection(one.line) or not _is_of(one.line, wanted):
            continue
        key = (_packet(one.line), one.line.prefix, one.fresh)
        groups.setdefault(key, []).append(one)
    found = (_refusal(case, device, lines) for lines in groups.values())
    return tuple(sorted((one for one in found if one is not None), key=_order))


def _ends_a_connection(line: LogLine) -> bool:
    return not {"R", "F"}.isdisjoint(line.flags)


def _is_of(line: LogLine, flows: Iterable[Flow]) -> bool:
    """Does the line name a packet of one of these flows?"""
    if line.flow is None:
        return False
    return any(flow.covers(line.flow) for flow in flows)


def passed(case: Case, device: str, flows: Iterable[Flow]) -> tuple[str, ...]:
    """The answers in which the device's log says that it let packets of one of these pass."""
    wanted = tuple(flows)
    found: dict[str, None] = {}
    for one in own_lines(case, device):
        lets_pass = _LETS.search(one.line.prefix) is not None and not one.outdated
        if lets_pass and _is_of(one.line, wanted):
            found[one.evidence] = None
    return tuple(found)


_LETS = re.compile(r"\b(?:ACCEPT|ALLOW|PASS)", re.I)


def _order(one: LoggedRefusal) -> tuple[bool, bool, bool]:
    return not one.fresh, one.old, not one.explained


def _packet(line: LogLine) -> str:
    if line.flow is not None and line.flow.protocol is not Protocol.TCP:
        return str(line.flow.protocol).upper()
    return _segment(line.flags)


def _segment(flags: str) -> str:
    if not flags:
        return UNKNOWN_SEGMENT
    if "S" in flags:
        return "SYN-ACK" if "." in flags else "SYN"
    if "P" in flags:
        return "data"
    return "ACK"


def _refusal(case: Case, device: str, lines: list[OwnLine]) -> LoggedRefusal | None:
    """None where the rules that write this label are known, and none of them refuses."""
    newest, found = lines[-1], ruleset(case, device)
    writers = writing(case, device, newest.line.prefix)
    writer = next((one for one in writers if _refuser(found, one) is not None), None)
    if writer is not None:
        return _explained(case, device, lines, writer)
    if writers or not _names_a_refusal(newest.line):
        return None
    return _bare(case, device, lines)


def _bare(case: Case, device: str, lines: list[OwnLine]) -> LoggedRefusal:
    """The lines alone, no rule with them."""
    newest = lines[-1]
    return LoggedRefusal(
        device,
        _packet(newest.line),
        tuple(one.line for one in lines),
        rule=None,
        fresh=newest.fresh,
        pasted=not newest.fresh and _pasted(case, device),
        evidence=(newest.evidence,),
    )


def _explained(case: Case, device: str, lines: list[OwnLine], writer: FilterRule) -> LoggedRefusal:
    """With what refuses the packets of which that rule writes."""
    found = ruleset(case, device)
    refuser, gate = _refuser(found, writer), _gate(found, writer)
    bare = _bare(case, device, lines)
    return replace(
        bare,
        rule=refuser if isinstance(refuser, FilterRule) else None,
        evidence=(*bare.evidence, *found.evidence),
        gate=gate,
        chain=_base_chain(found, gate or writer),
        by_policy=isinstance(refuser, FilterChain),
    )


def _names_a_refusal(line: LogLine) -> bool:
    """Does the label, or the rest of the line, say that something is refused?"""
    text = f"{line.prefix} {line.text}".upper()
    return any(word in text for word in _WORDS)


def _base_chain(found: Ruleset, rule: FilterRule | None) -> FilterChain | None:
    """The chain of a hook in which that rule stands; None = in another one."""
    if rule is None:
        return None
    return next((one for one in found.base if key_of(one) == chain_of(rule)), None)


def _pasted(case: Case, device: str) -> bool:
    """Did people paste all that is known of its log?"""
    return all(item.pasted_by is not None for item in case.usable(device, Question.LOGS))


def _gate(found: Ruleset, rule: FilterRule | None) -> FilterRule | None:
    """Where only what fits no session comes to that rule: the rule that says so, itself or all that
    jump there."""
    if rule is None or _wants_invalid(rule):
        return rule
    jumps = [one for one in found.every_rule() if _leads_to(one, rule)]
    if all(map(_wants_invalid, jumps)):
        return next(iter(jumps), None)
    return None


def _leads_to(jump: FilterRule, rule: FilterRule) -> bool:
    if jump.verdict not in ("jump", "goto"):
        return False
    return (jump.dialect, jump.family, jump.table, jump.target) == chain_of(rule)


def _wants_invalid(rule: FilterRule) -> bool:
    return any(_names_invalid_only(match) for match in rule.matches)


def _names_invalid_only(match: Match) -> bool:
    return {str(value).lower() for value in match.values} == {"invalid"}


def writing(case: Case, device: str, prefix: str) -> tuple[FilterRule, ...]:
    """The rules of the device that write lines with this label."""
    wanted = prefix.strip()
    return tuple(one for one in ruleset(case, device).every_rule() if _label(one) == wanted)


def _label(rule: FilterRule) -> str | None:
    """What it writes before each line; None = it writes none."""
    if rule.log_prefix is None:
        return None
    return rule.log_prefix.strip()


def _refuser(found: Ruleset, rule: FilterRule) -> FilterRule | FilterChain | None:
    """What ends a packet that this rule logs: the rule itself, the next that fits as well, or the
    policy."""
    if rule.verdict != "continue":
        return rule if rule.verdict in _ENDINGS else None
    later = _next_that_decides(found, rule)
    if later is None:
        return _refusing_policy(_base_chain(found, rule))
    fits = set(later.matches) <= set(rule.matches)
    return later if fits and later.verdict in _ENDINGS else None


def _next_that_decides(found: Ruleset, rule: FilterRule) -> FilterRule | None:
    """The first rule behind it in its chain that does more than write."""
    chain = found.of(*chain_of(rule))
    for later in chain[chain.index(rule) + 1 :]:
        if later.verdict != "continue":
            return later
    return None


def _refusing_policy(chain: FilterChain | None) -> FilterChain | None:
    if chain is None or chain.policy != "drop":
        return None
    return chain
