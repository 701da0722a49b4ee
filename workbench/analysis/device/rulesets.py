"""All packet filters of one device, of all dialects, in the order in which packets meet them."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator
from dataclasses import dataclass, field

from collectors.model.evidence import Evidence, Question, Status
from collectors.model.records import FilterChain, FilterRule, Match
from workbench.analysis.case.case import FILTERS, Case

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
        told = self.rules.get(key, ())
        return told if key in self.chains and key not in self.unended else (*told, _untold(key))

    def at(
        self, hook: str, version: int, bridged: bool = False, shown: bool = False
    ) -> Iterator[FilterChain]:
        """The base chains that an IP packet meets at a hook, in order.

        A bridged one meets those of bridges, and the others only where the bridge is set to show
        them its packets.
        """
        routed = {"ip" if version == 4 else "ip6", "inet"} if not bridged or shown else set()
        links = {"netdev"} if hook in ("ingress", "egress") else set()
        families = routed | links | ({"bridge"} if bridged else set())
        return (chain for chain in self.base if chain.hook == hook and chain.family in families)


UNTOLD = "untold"
SYNPROXY = "synproxy"  # takes the client's handshake itself, and makes one with the server


def _untold(key: Key) -> FilterRule:
    """In the place of rules that nobody saw."""
    text = f"the rules of {key[3]} that were not shown"
    return FilterRule(*key, 1 << 30, (Match("unread", (text,)),), UNTOLD, text=text)


def ruleset(case: Case, device: str) -> Ruleset:
    """Every filter that the device showed, of all dialects."""
    key = ("ruleset", device)
    if key not in case.memo:
        case.memo[key] = _ruleset(case, device)
    found: Ruleset = case.memo[key]
    return found


def _shown_twice(chains: list[FilterChain], rules: list[FilterRule]) -> set[Key]:
    """The chains that another dialect shows as fully as this one does: they are met once."""
    count = Tally((r.dialect, r.family, r.table, r.chain) for r in rules)
    twins = {(c.same_as, *key_of(c)[1:]): key_of(c) for c in chains if c.same_as is not None}
    return {key for key, twin in twins.items() if count[twin] >= count[key]}


def _ruleset(case: Case, device: str) -> Ruleset:
    answers = [
        item for item in (case.answer(device, question) for question in FILTERS) if item is not None
    ]
    chains = [chain for item in answers for chain in item.of(FilterChain)]
    rules = [rule for item in answers for rule in item.of(FilterRule)]
    again = _shown_twice(chains, rules)

    def shadowed(one: FilterChain | FilterRule) -> bool:
        name = one.name if isinstance(one, FilterChain) else one.chain
        return (one.dialect, one.family, one.table, name) in again

    base = sorted((c for c in chains if c.hook and not shadowed(c)), key=lambda c: c.priority)
    grouped: dict[Key, list[FilterRule]] = {}
    for rule in sorted((r for r in rules if not shadowed(r)), key=lambda rule: rule.position):
        grouped.setdefault((rule.dialect, rule.family, rule.table, rule.chain), []).append(rule)
    ordered = {key: tuple(group) for key, group in grouped.items()}
    named = frozenset(map(key_of, chains)) | ordered.keys()
    short = _in_part(answers)
    unended = frozenset(key for item in short for key in _unended(item))
    cut = bool(short) or _unread(case, device)
    return Ruleset(
        tuple(base), ordered, tuple(i.id for i in answers), bool(answers), named, unended, cut
    )


def _unread(case: Case, device: str) -> bool:
    """Did one of its tools say something that never arrived, or that nobody could read?"""
    asked = [
        case.answers(device, question)
        for question in FILTERS
        if case.answer(device, question) is None
    ]
    return any(
        item.status in (Status.UNPARSED, Status.NO_ANSWER) for answers in asked for item in answers
    )


def _in_part(answers: list[Evidence]) -> list[Evidence]:
    """The answers that were cut; nft tells all that iptables keeps there, so that what this lacks
    is no loss."""
    whole = {item.question for item in answers if item.whole}
    short = [item for item in answers if not item.whole]
    return [
        i
        for i in short
        if i.question is not Question.FILTER_IPTABLES or Question.FILTER not in whole
    ]


def _unended(item: Evidence) -> Iterator[Key]:
    """Rules come chain by chain: of a cut answer, the chains before the last one with rules are
    shown completely."""
    told = list(dict.fromkeys((r.dialect, r.family, r.table, r.chain) for r in item.of(FilterRule)))
    yield from told if item.lacking else told[-1:]
    yield from (key_of(chain) for chain in item.of(FilterChain) if key_of(chain) not in told)


def key_of(chain: FilterChain) -> Key:
    """By what the rules of the chain are found."""
    return (chain.dialect, chain.family, chain.table, chain.name)
