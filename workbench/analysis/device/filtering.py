"""Would this device's packet filter let one packet pass, and which rule decides? All dialects,
three-valued.

The queries that judgement needs:
- `filter_result(case, device, hook, tested)`: what happens at one hook;
- `passage(case, device, tested)`: what happens at all hooks together;
- `hop_filtering` has the same for the hops of a path.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from collectors.model.flow import Flow
from collectors.model.records import FilterChain, FilterRule
from workbench.analysis.case.case import Case
from workbench.analysis.case.wording import chain_words, filter_words
from workbench.analysis.device.matching import PacketUnderTest, State, applies
from workbench.analysis.device.rulesets import (
    SYNPROXY,
    UNSHOWN,
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
        return self in _STOPS


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
        if self.action is not FilterAction.UNKNOWN:
            return self.action.stops
        verdicts = {rule.verdict for rule in self.maybe}
        possible = {_ENDS.get(verdict) for verdict in verdicts}
        if UNSHOWN not in verdicts:
            possible.add(self.otherwise)
        return not possible.isdisjoint(_STOPS)

    @property
    def words(self) -> str:
        """The decision in the device's own words."""
        if self.rule is not None:
            decided = filter_words(self.rule.text) or self.rule.verdict
            return f"{chain_words(self.hook, self.rule.chain)}: {decided}"
        if self.chain is not None and self._by_policy:
            return f"{chain_words(self.hook, self.chain.name)}: policy {self.chain.policy}"
        return f"{self.hook}: {self.action}" if self.hook else str(self.action)

    @property
    def _by_policy(self) -> bool:
        return self.action.stops or self.otherwise is not None


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

    def base_chains(self) -> Iterator[FilterChain]:
        """The base chains that it meets at the hook, in order."""
        tested = self.tested
        return self.rules.at(
            self.hook, tested.flow.version, tested.bridge is not None, tested.shown
        )


TRANSLATIONS = frozenset({"dnat", "snat", "masquerade", "redirect"})
_ENDS = {"accept": FilterAction.ACCEPT, "drop": FilterAction.DROP, "reject": FilterAction.REJECT}
_ENDS |= dict.fromkeys(TRANSLATIONS, FilterAction.ACCEPT)
_ENDS |= dict.fromkeys(("queue", UNSHOWN), FilterAction.UNKNOWN)
_STOPS = (FilterAction.DROP, FilterAction.REJECT)


def filter_result(case: Case, device: str, hook: str, tested: PacketUnderTest) -> FilterResult:
    """What does the device's filter do with the packet at this hook? A drop is final, an accept
    ends its chain only."""
    found = ruleset(case, device)
    if not found.known:
        marks = (tested.mark, tested.session_mark)
        return FilterResult(FilterAction.UNKNOWN, hook, mark=marks[0], session_mark=marks[1])
    run = ChainPass(case, device, found, hook, tested)
    ended = _all_chains(run)
    if ended is None and found.cut:
        ended = FilterResult(FilterAction.UNKNOWN, hook, mark=None, session_mark=None)
    if ended is None:
        marks = (run.tested.mark, run.tested.session_mark)
        ended = FilterResult(FilterAction.ACCEPT, hook, mark=marks[0], session_mark=marks[1])
    return replace(ended, evidence=found.evidence)


def _all_chains(run: ChainPass) -> FilterResult | None:
    """The end that the packet meets in the chains of the hook, one by one; None = it passes all of
    those that were shown."""
    tested = run.tested
    for chain in run.base_chains():
        here = _meets(chain, tested)
        if chain.kind == "nat" or here is False:
            continue
        run.tested = _at_links(run.tested, tested, chain)
        ended = _base_chain(run, chain, sure=here is True)
        if ended is not None:
            return ended
    return None


def _meets(chain: FilterChain, tested: PacketUnderTest) -> bool | None:
    """Chains of one link only: is it the packet's? None = the device did not say which link it
    is."""
    links = {"ingress": tested.iif, "egress": tested.oif}
    if chain.hook not in links:
        return True
    if chain.interface is None:
        return None
    return links[chain.hook] in chain.interface.split(",")


def _base_chain(run: ChainPass, chain: FilterChain, sure: bool = True) -> FilterResult | None:
    """None = the packet goes on to the next chain."""
    run.possible.clear()
    action, rule = through(run, key_of(chain), frozenset(), sure) or (_policy(chain), None)
    doubtful = tuple(maybe for kind, maybe in run.possible if _decides_otherwise(kind, action))
    if action is FilterAction.ACCEPT and not doubtful:
        return None
    marks = (run.tested.mark, run.tested.session_mark)
    ended = FilterResult(action, run.hook, rule, chain, doubtful, *marks)
    if not doubtful:
        return ended
    named = _rule_to_name(ended)
    return replace(ended, action=FilterAction.UNKNOWN, rule=named, otherwise=action)


def _decides_otherwise(kind: FilterAction, action: FilterAction) -> bool:
    return kind is FilterAction.UNKNOWN or kind.stops != action.stops


def _rule_to_name(ended: FilterResult) -> FilterRule | None:
    """The one that stops what no doubtful rule lets through, else a doubtful one that stops."""
    if ended.action.stops:
        return ended.rule
    stopping = (rule for rule in ended.maybe if rule.verdict in ("drop", "reject"))
    return next(stopping, ended.maybe[0])


def _at_links(now: PacketUnderTest, tested: PacketUnderTest, chain: FilterChain) -> PacketUnderTest:
    """Filters of routed packets see a bridged one on the bridge itself, not on its ports."""
    if tested.bridge is None or chain.family == "bridge":
        return replace(now, iif=tested.iif, oif=tested.oif)
    return replace(now, iif=tested.bridge, oif=tested.bridge)


def _policy(chain: FilterChain) -> FilterAction:
    drops = (chain.policy or "accept").lower() == "drop"
    return FilterAction.DROP if drops else FilterAction.ACCEPT


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
        ended = None
        if rule.verdict != "return":
            ended = _end_of(run, rule, key, above, certain)
        if certain and (ended is not None or rule.verdict in ("return", "goto")):
            return ended
        if ended is not None:
            run.possible.append(ended)
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
    kind = _ENDS.get(rule.verdict)
    return (kind, rule) if kind is not None else None


def _of_a_handshake(tested: PacketUnderTest) -> bool:
    """A proxy takes the client's SYN and ACK, and lets everything else go on to the next rule."""
    flags = set(tested.flags or "S")
    if flags == {"S", "."} or not flags.isdisjoint("RF"):
        return False
    return not flags.isdisjoint("S.")


def _mark(run: ChainPass, rule: FilterRule, sure: bool) -> None:
    """What the rule writes on the packet or its session; not known where it may not match."""
    if rule.verdict not in _WRITES:
        return
    value = _written(run.tested, rule) if sure else None
    if rule.verdict == "mark":
        run.tested = replace(run.tested, mark=value)
    elif rule.verdict == "ct_mark":
        run.tested = replace(run.tested, session_mark=value)
    else:
        run.tested = replace(run.tested, zone=value)


_WRITES = frozenset({"mark", "ct_mark", "zone"})


def _written(tested: PacketUnderTest, rule: FilterRule) -> int | None:
    """Which value? `ct mark` and `mark` are the other one's."""
    if rule.verdict == "zone":
        return _number(0, rule.target)
    if rule.verdict == "mark":
        return (
            tested.session_mark if rule.target == "ct mark" else _number(tested.mark, rule.target)
        )
    return tested.mark if rule.target == "mark" else _number(tested.session_mark, rule.target)


def _number(mark: int | None, target: str | None) -> int | None:
    """`0x1` replaces the mark, `0x1/0xff` only those bits; what is worked out by the device is not
    known."""
    value, _, mask = (target or "").partition("/")
    try:
        bits = int(mask, 0) if mask else 0xFFFFFFFF
        return ((mark or 0) & ~bits) | int(value, 0)
    except ValueError:
        return None


# --- all hooks ---


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
    """What becomes of the packet at all hooks together? `after` is the flow as it leaves."""
    doubt: FilterResult | None = None
    leaves = after or tested.flow
    for hook in hooks(tested):
        here = replace(tested, flow=_seen_at(hook, tested.flow, leaves))
        found = filter_result(case, device, hook, here)
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
    if tested.state == "untracked":
        return False
    return before_tracking(case, device, hook, tested).state == "untracked"


def before_tracking(case: Case, device: str, hook: str, tested: PacketUnderTest) -> PacketUnderTest:
    """The packet as connection tracking meets it: kept out of it by a rule, or put into a zone."""
    run = ChainPass(case, device, ruleset(case, device), hook, tested)
    for chain in run.base_chains():
        if chain.kind != "nat" and chain.priority < -200:
            through(run, key_of(chain), frozenset())
    return run.tested
