"""All packet filters of one device, of all dialects, in the order in which packets meet them."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from collectors.model.evidence import Evidence, Question, Status
from collectors.model.records import FilterChain, FilterRule, Match
from workbench.analysis.case.case import FILTERS, Case

R = TypeVar("R")
Key = tuple[str, str, str, str]  # dialect, family, table, chain


@dataclass(frozen=True)
class Ruleset:
    """All filters of one device, in the order in which packets meet them."""

    base: tuple[FilterChain, ...] = ()
    rules: dict[Key, tuple[FilterRule, ...]] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    known: bool = False  # did at least one dialect answer?
    chains: frozenset[Key] = frozenset()  # every chain that was reported
    unended: frozenset[Key] = frozenset()  # chains that may have more rules than were shown
    cut: bool = False  # there may be chains that were not shown

    def of(self, dialect: str, family: str, table: str, chain: str) -> tuple[FilterRule, ...]:
        """The rules of one chain in order."""
        return self.rules.get((dialect, family, table, chain), ())

    def met(self, key: Key) -> tuple[FilterRule, ...]:
        """The rules that a packet meets in a chain; what was not shown may do anything, and stands
        at the end."""
        shown = self.rules.get(key, ())
        if key in self.chains and key not in self.unended:
            return shown
        return (*shown, _unshown(key))

    def at(
        self, hook: str, version: int, bridged: bool = False, shown: bool = False
    ) -> Iterator[FilterChain]:
        """The base chains that an IP packet meets at a hook, in order.

        A bridged one meets those of bridges, and the others only where the bridge is set to show
        them its packets.
        """
        families = {"netdev"} if hook in ("ingress", "egress") else set()
        if bridged:
            families.add("bridge")
        if shown or not bridged:
            families |= {"ip" if version == 4 else "ip6", "inet"}
        for chain in self.base:
            if chain.hook == hook and chain.family in families:
                yield chain

    def every_rule(self) -> Iterator[FilterRule]:
        """All rules that were shown, chain by chain."""
        for chain in self.rules.values():
            yield from chain


UNSHOWN = "unshown"
SYNPROXY = "synproxy"  # takes the client's handshake itself, and makes one with the server


def _unshown(key: Key) -> FilterRule:
    """In the place of rules that nobody saw."""
    text = f"the rules of {key[3]} that were not shown"
    return FilterRule(*key, 1 << 30, (Match("unread", (text,)),), UNSHOWN, text=text)


def newest_rules(case: Case, device: str) -> Iterator[FilterRule]:
    """Every rule in the newest answers of the device, of all dialects."""
    for question in FILTERS:
        yield from case.records(device, question, FilterRule)


def ruleset(case: Case, device: str) -> Ruleset:
    """Every filter that the device showed, of all dialects."""
    key = ("ruleset", device)
    if key not in case.memo:
        case.memo[key] = _ruleset(case, device)
    found: Ruleset = case.memo[key]
    return found


def _shown_twice(chains: list[FilterChain], rules: list[FilterRule]) -> set[Key]:
    """The chains that another dialect shows as fully as this one does: they are met once."""
    count = Tally(map(chain_of, rules))
    twins: dict[Key, Key] = {}
    for chain in chains:
        if chain.same_as is not None:
            own = key_of(chain)
            twins[(chain.same_as, *own[1:])] = own
    return {other for other, own in twins.items() if count[own] >= count[other]}


def _ruleset(case: Case, device: str) -> Ruleset:
    answers = _answers(case, device)
    chains = _all_of(answers, FilterChain)
    rules = _all_of(answers, FilterRule)
    again = _shown_twice(chains, rules)
    by_chain = _by_chain(rule for rule in rules if chain_of(rule) not in again)
    short = _in_part(answers)
    return Ruleset(
        base=_base_chains(chain for chain in chains if key_of(chain) not in again),
        rules=by_chain,
        evidence=tuple(item.id for item in answers),
        known=bool(answers),
        chains=frozenset(map(key_of, chains)) | by_chain.keys(),
        unended=frozenset().union(*map(_unended, short)),
        cut=bool(short) or _unread(case, device),
    )


def _all_of(answers: list[Evidence], kind: type[R]) -> list[R]:
    """The records of one class in all of them."""
    found: list[R] = []
    for item in answers:
        found += item.of(kind)
    return found


def _answers(case: Case, device: str) -> list[Evidence]:
    """What each of its tools showed last."""
    found = []
    for question in FILTERS:
        item = case.answer(device, question)
        if item is not None:
            found.append(item)
    return found


def _base_chains(chains: Iterable[FilterChain]) -> tuple[FilterChain, ...]:
    """Those of a hook, in the order in which packets meet them."""
    hooked = [chain for chain in chains if chain.hook]
    return tuple(sorted(hooked, key=lambda chain: chain.priority))


def _by_chain(rules: Iterable[FilterRule]) -> dict[Key, tuple[FilterRule, ...]]:
    """The rules of each chain, in order."""
    found: dict[Key, list[FilterRule]] = {}
    for rule in sorted(rules, key=lambda rule: rule.position):
        found.setdefault(chain_of(rule), []).append(rule)
    return {key: tuple(group) for key, group in found.items()}


def _unread(case: Case, device: str) -> bool:
    """Did one of its tools say something that never arrived, or that nobody could read?"""
    for question in FILTERS:
        if case.answer(device, question) is not None:
            continue
        if any(item.status in _NOTHING_READ for item in case.answers(device, question)):
            return True
    return False


_NOTHING_READ = (Status.UNPARSED, Status.NO_ANSWER)


def _in_part(answers: list[Evidence]) -> list[Evidence]:
    """The answers that were cut; nft shows all that iptables keeps there, so that what this lacks
    is no loss."""
    known = {item.question for item in answers if item.whole}
    if Question.FILTER in known:
        known.add(Question.FILTER_IPTABLES)
    short = (item for item in answers if item.question not in known)
    return list(short)


def _unended(item: Evidence) -> Iterator[Key]:
    """Rules come chain by chain: of a cut answer, the chains before the last one with rules are
    shown completely."""
    with_rules = list(dict.fromkeys(map(chain_of, item.of(FilterRule))))
    yield from with_rules if item.lacking else with_rules[-1:]
    for chain in map(key_of, item.of(FilterChain)):
        if chain not in with_rules:
            yield chain


def key_of(chain: FilterChain) -> Key:
    """By what the rules of the chain are found."""
    return (chain.dialect, chain.family, chain.table, chain.name)


def chain_of(rule: FilterRule) -> Key:
    """The chain in which the rule stands."""
    return (rule.dialect, rule.family, rule.table, rule.chain)
