"""Would this device's packet filter let one packet pass, and which rule decides? All dialects,
three-valued.

The queries that judgement needs:
- `outcome(case, device, hook, trial)`: what happens at one hook;
- `passage(case, device, trial)`: what happens on the whole way through the device;
- `hop_filtering` has the same for the hops of a path.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from collectors.model.flow import Flow
from collectors.model.records import FilterChain, FilterRule
from workbench.analysis.case.case import Case
from workbench.analysis.case.wording import chain_words, filter_words
from workbench.analysis.device.matching import PacketUnderTest, State, applies
from workbench.analysis.device.rulesets import (
    SYNPROXY,
    UNTOLD,
    Key,
    Ruleset,
    key_of,
    ruleset,
)


class FilterAction(StrEnum):
    """What a packet filter does with a packet."""

    ACCEPT = "accept"
    DROP = "drop"
    REJECT = "reject"
    UNKNOWN = "unknown"  # a condition that cannot be judged decides

    @property
    def stops(self) -> bool:
        """Does the packet end here?"""
        return self in (FilterAction.DROP, FilterAction.REJECT)


@dataclass(frozen=True, slots=True)
class FilterResult:
    """What became of the packet, and the rule or policy that decided."""

    action: FilterAction
    hook: str = ""
    rule: FilterRule | None = None
    chain: FilterChain | None = None  # the base chain in which it was decided
    # rules that may or may not match and would change the outcome
    maybe: tuple[FilterRule, ...] = ()
    mark: int | None = 0  # the packet's mark afterwards; None = not known
    session_mark: int | None = 0  # the mark of its session afterwards
    otherwise: FilterAction | None = None  # what happens where none of those rules match
    evidence: tuple[str, ...] = ()

    @property
    def may_stop(self) -> bool:
        """Does the packet end here as far as the device's rules can be judged, or may it?"""
        stops = (FilterAction.DROP, FilterAction.REJECT)
        doubtful = {_ENDS.get(rule.verdict) for rule in self.maybe}
        if not any(rule.verdict == UNTOLD for rule in self.maybe):
            doubtful.add(self.otherwise)
        return self.action.stops or (
            self.action is FilterAction.UNKNOWN and not doubtful.isdisjoint(stops)
        )

    @property
    def words(self) -> str:
        """The decision in the device's own words."""
        if self.rule is not None:
            return (
                f"{chain_words(self.hook, self.rule.chain)}:"
                f" {filter_words(self.rule.text) or self.rule.verdict}"
            )
        if self.chain is not None and (self.action.stops or self.otherwise):
            return f"{chain_words(self.hook, self.chain.name)}: policy {self.chain.policy}"
        return f"{self.hook}: {self.action}" if self.hook else str(self.action)


# --- one hook ---


@dataclass
class ChainPass:
    """One packet on its way through the chains of one hook."""

    case: Case
    device: str
    rules: Ruleset
    hook: str
    tested: PacketUnderTest
    possible: list[tuple[FilterAction, FilterRule]] = field(default_factory=list)


_ENDS = {"accept": FilterAction.ACCEPT, "drop": FilterAction.DROP, "reject": FilterAction.REJECT}
_ENDS |= dict.fromkeys(("queue", UNTOLD), FilterAction.UNKNOWN)
TRANSLATIONS = frozenset({"dnat", "snat", "masquerade", "redirect"})


def filter_result(case: Case, device: str, hook: str, tested: PacketUnderTest) -> FilterResult:
    """What does the device's filter do with the packet at this hook? A drop is final, an accept
    ends its chain only."""
    found = ruleset(case, device)
    if not found.known:
        return FilterResult(
            FilterAction.UNKNOWN, hook, mark=tested.mark, session_mark=tested.session_mark
        )
    run = ChainPass(case, device, found, hook, tested)
    for chain in found.at(hook, tested.flow.version, tested.bridge is not None, tested.shown):
        here = _meets(chain, tested)
        if chain.kind == "nat" or here is False:
            continue
        run.tested = _at_links(run.tested, tested, chain)
        ended = _basethrough(run, chain, sure=here is True)
        if ended is not None:
            return replace(ended, evidence=found.evidence)
    if found.cut:
        return FilterResult(
            FilterAction.UNKNOWN, hook, mark=None, session_mark=None, evidence=found.evidence
        )
    return FilterResult(
        FilterAction.ACCEPT,
        hook,
        mark=run.tested.mark,
        session_mark=run.tested.session_mark,
        evidence=found.evidence,
    )


def _meets(chain: FilterChain, tested: PacketUnderTest) -> bool | None:
    """Chains of one link only: is it the packet's? None = the device did not tell which link it
    is."""
    if chain.hook not in ("ingress", "egress"):
        return True
    link = tested.iif if chain.hook == "ingress" else tested.oif
    return None if chain.interface is None else link in chain.interface.split(",")


def _at_links(now: PacketUnderTest, tested: PacketUnderTest, chain: FilterChain) -> PacketUnderTest:
    """Filters of routed packets see a bridged one on the bridge itself, not on its ports."""
    if tested.bridge is None or chain.family == "bridge":
        return replace(now, iif=tested.iif, oif=tested.oif)
    return replace(now, iif=tested.bridge, oif=tested.bridge)


def _basethrough(run: ChainPass, chain: FilterChain, sure: bool = True) -> FilterResult | None:
    """None = the packet goes on to the next chain."""
    run.possible.clear()
    ended = through(run, key_of(chain), frozenset(), sure)
    action, rule = ended or (_policy(chain), None)
    other = [
        maybe
        for kind, maybe in run.possible
        if kind.stops != action.stops or kind is FilterAction.UNKNOWN
    ]
    if action is FilterAction.ACCEPT and not other:
        return None
    told = FilterResult(
        action, run.hook, rule, chain, tuple(other), run.tested.mark, run.tested.session_mark
    )
    return (
        replace(told, action=FilterAction.UNKNOWN, rule=_doubtful(told), otherwise=action)
        if other
        else told
    )


def _doubtful(told: FilterResult) -> FilterRule | None:
    """The rule to name: the one that stops what no doubtful rule lets through, else a doubtful one
    that stops."""
    if told.action.stops:
        return told.rule
    return next((rule for rule in told.maybe if rule.verdict in ("drop", "reject")), told.maybe[0])


def _policy(chain: FilterChain) -> FilterAction:
    return (
        FilterAction.DROP if (chain.policy or "accept").lower() == "drop" else FilterAction.ACCEPT
    )


def through(
    run: ChainPass, key: Key, above: frozenset[object], sure: bool = True
) -> tuple[FilterAction, FilterRule] | None:
    """The end that the packet meets in a chain, or None where it returns from it."""
    if key in above:
        return None
    for rule in run.rules.met(key):
        matched = applies(run.case, run.device, rule, run.tested)
        if matched is False:
            continue
        certain = sure and matched is True
        if rule.verdict == "return" and certain:
            return None
        ended = _end_of(run, rule, key, above, certain)
        if ended is not None and certain:
            return ended
        if ended is not None:
            run.possible.append(ended)
        if rule.verdict == "goto" and certain:
            return None
    return None


def _end_of(
    run: ChainPass, rule: FilterRule, key: Key, above: frozenset[object], sure: bool
) -> tuple[FilterAction, FilterRule] | None:
    if rule.verdict in ("jump", "goto") and rule.target:
        return through(run, (*key[:3], rule.target), above | {key}, sure)
    if rule.verdict == SYNPROXY:
        return (FilterAction.ACCEPT, rule) if _of_a_handshake(run.tested) else None
    _mark(run, rule, sure)
    if rule.verdict == "notrack" and sure:
        run.tested = replace(run.tested, state="untracked")
    kind = FilterAction.ACCEPT if rule.verdict in TRANSLATIONS else _ENDS.get(rule.verdict)
    return (kind, rule) if kind else None


def _of_a_handshake(tested: PacketUnderTest) -> bool:
    """A proxy takes the client's SYN and ACK, and lets everything else go on to the next rule."""
    flags = set(tested.flags or "S")
    return bool(flags & {"S", "."}) and not flags & {"R", "F"} and flags != {"S", "."}


def _mark(run: ChainPass, rule: FilterRule, sure: bool) -> None:
    tested = run.tested
    if rule.verdict == "mark":
        mark = (
            tested.session_mark if rule.target == "ct mark" else _number(tested.mark, rule.target)
        )
        run.tested = replace(tested, mark=mark if sure else None)
    elif rule.verdict == "ct_mark":
        mark = tested.mark if rule.target == "mark" else _number(tested.session_mark, rule.target)
        run.tested = replace(tested, session_mark=mark if sure else None)
    elif rule.verdict == "zone":
        run.tested = replace(tested, zone=_number(0, rule.target) if sure else None)


def _number(mark: int | None, target: str | None) -> int | None:
    """`0x1` replaces the mark, `0x1/0xff` only those bits; what is worked out by the device is not
    known."""
    value, _, mask = (target or "").partition("/")
    try:
        bits = int(mask, 0) if mask else 0xFFFFFFFF
        return ((mark or 0) & ~bits) | int(value, 0)
    except ValueError:
        return None


# --- the whole way ---


def hooks(tested: PacketUnderTest) -> tuple[str, ...]:
    """The hooks that the packet passes on its way."""
    if tested.iif is None:
        return ("output", "postrouting", "egress")
    if tested.oif is None:
        return ("ingress", "prerouting", "input")
    return ("ingress", "prerouting", "forward", "postrouting", "egress")


def passage(
    case: Case, device: str, tested: PacketUnderTest, after: Flow | None = None
) -> FilterResult:
    """What becomes of the packet on its whole way through the device? `after` is the flow as it
    leaves."""
    doubt: FilterResult | None = None
    for hook in hooks(tested):
        found = filter_result(
            case,
            device,
            hook,
            replace(tested, flow=_seen_at(hook, tested.flow, after or tested.flow)),
        )
        if found.action.stops:
            return found
        if found.action is FilterAction.UNKNOWN:
            doubt = doubt or found
        tested = _carried(case, device, hook, tested, found)
    return doubt or replace(found, rule=None, chain=None)


def _seen_at(hook: str, before: Flow, after: Flow) -> Flow:
    """Destinations are rewritten before routing, sources after it."""
    if hook in ("ingress", "prerouting", "output"):
        return before
    return before.translated(dst=after.dst, dport=after.dport)


def _carried(
    case: Case, device: str, hook: str, tested: PacketUnderTest, found: FilterResult
) -> PacketUnderTest:
    untracked = hook in ("prerouting", "output") and untracks(case, device, hook, tested)
    state: State | None = "untracked" if untracked else tested.state
    return replace(tested, mark=found.mark, session_mark=found.session_mark, state=state)


def untracks(case: Case, device: str, hook: str, tested: PacketUnderTest) -> bool:
    """Does a rule keep this packet out of connection tracking?"""
    return (
        before_tracking(case, device, hook, tested).state == "untracked"
        and tested.state != "untracked"
    )


def before_tracking(case: Case, device: str, hook: str, tested: PacketUnderTest) -> PacketUnderTest:
    """The packet as connection tracking meets it: kept out of it by a rule, or put into a zone."""
    found = ruleset(case, device)
    run = ChainPass(case, device, found, hook, tested)
    for chain in found.at(hook, tested.flow.version, tested.bridge is not None, tested.shown):
        if chain.kind != "nat" and chain.priority < -200:
            through(run, key_of(chain), frozenset())
    return run.tested
