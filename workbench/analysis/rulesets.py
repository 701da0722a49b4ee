"""All packet filters of one device, of all dialects, in the order in which packets meet them."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator
from dataclasses import dataclass, field

from collectors.model.records import FilterChain, FilterRule
from workbench.analysis.case import FILTERS, Case

Key = tuple[str, str, str, str]  # dialect, family, table, chain


@dataclass(frozen=True)
class Ruleset:
    """All filters of one device, in the order in which packets meet them."""

    base: tuple[FilterChain, ...] = ()
    rules: dict[Key, tuple[FilterRule, ...]] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    known: bool = False  # did at least one dialect answer?

    def of(self, dialect: str, family: str, table: str, chain: str) -> tuple[FilterRule, ...]:
        """The rules of one chain in order."""
        return self.rules.get((dialect, family, table, chain), ())

    def at(self, hook: str, version: int, bridged: bool = False, shown: bool = False) -> Iterator[FilterChain]:
        """The base chains that an IP packet meets at a hook, in order.

        A bridged one meets those of bridges, and the others only where the bridge is set to show them its packets.
        """
        routed = {"ip" if version == 4 else "ip6", "inet"} if not bridged or shown else set()
        links = {"netdev"} if hook in ("ingress", "egress") else set()
        families = routed | links | ({"bridge"} if bridged else set())
        return (chain for chain in self.base if chain.hook == hook and chain.family in families)


_TABLES = {"raw": -300, "mangle": -150, "filter": 0, "security": 50}
_IPTABLES_TABLES = frozenset({"raw", "mangle", "nat", "filter", "security"})


def ruleset(case: Case, device: str) -> Ruleset:
    """Every filter that the device told of, of all dialects."""
    key = ("ruleset", device)
    if key not in case.memo:
        case.memo[key] = _ruleset(case, device)
    found: Ruleset = case.memo[key]
    return found


def _told_better(chains: list[FilterChain], rules: list[FilterRule]) -> set[tuple[str, str, str]]:
    """The chains that iptables tells as fully as nft does; a table of nft's own may bear the same name."""
    told = {(c.family, c.table, c.name) for c in chains if c.dialect == "iptables" and c.table in _IPTABLES_TABLES}
    count = Tally((r.dialect, r.family, r.table, r.chain) for r in rules)
    return {key for key in told if count[("iptables", *key)] >= count[("nft", *key)]}


def _ruleset(case: Case, device: str) -> Ruleset:
    answers = [item for item in (case.answer(device, question) for question in FILTERS) if item is not None]
    chains = [chain for item in answers for chain in item.of(FilterChain)]
    rules = [rule for item in answers for rule in item.of(FilterRule)]
    told_better = _told_better(chains, rules)

    def shadowed(one: FilterChain | FilterRule) -> bool:
        name = one.name if isinstance(one, FilterChain) else one.chain
        return one.dialect == "nft" and (one.family, one.table, name) in told_better

    base = sorted((c for c in chains if c.hook and not shadowed(c)), key=order)
    grouped: dict[Key, list[FilterRule]] = {}
    for rule in sorted((r for r in rules if not shadowed(r)), key=lambda rule: rule.position):
        grouped.setdefault((rule.dialect, rule.family, rule.table, rule.chain), []).append(rule)
    ordered = {key: tuple(group) for key, group in grouped.items()}
    return Ruleset(tuple(base), ordered, tuple(item.id for item in answers), bool(answers))


def key_of(chain: FilterChain) -> Key:
    """By what the rules of the chain are found."""
    return (chain.dialect, chain.family, chain.table, chain.name)


def order(chain: FilterChain) -> int:
    """When do packets meet the chain? The lower the earlier; iptables' tables have fixed places."""
    if chain.dialect == "nft" or chain.priority:
        return chain.priority
    if chain.table == "nat":
        return 100 if chain.hook in ("postrouting", "input") else -100
    return _TABLES.get(chain.table, 0)
