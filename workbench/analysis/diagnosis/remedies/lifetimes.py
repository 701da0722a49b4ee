"""Fixes for packets that die of age."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.records import FilterRule
from workbench.analysis.case.verdict import Fix, FixClass
from workbench.analysis.diagnosis.facts.routing.aged import Aged
from workbench.analysis.diagnosis.remedies.shell import word

ENOUGH = 64  # what systems begin with
_PROOF = "the packets arrive, and IcmpInTimeExcds stands still"


def longer_life(found: Aged) -> Iterator[Fix]:
    """Take the setting or the rule away that makes the time to live small; else set it by a rule,
    for a test."""
    setting, rule = found.setting, found.rule
    if setting is not None:
        name, value = setting
        yield _fix(
            found,
            (f"sysctl -w {word(f'{name}={ENOUGH}')}",),
            (f"sysctl -w {word(f'{name}={value}')}",),
        )
    elif rule is not None and rule.dialect == "nft" and rule.handle:
        yield _fix(found, (_deleted(rule),), (_added(rule),))
    else:
        yield from _by_rule(found)


def _fix(
    found: Aged, commands: tuple[str, ...], rollback: tuple[str, ...], *, temporary: bool = False
) -> Fix:
    effect = "all that it sends lives longer; circles of routing, if there are any, cost more"
    return Fix(FixClass.RAISE_TTL, found.sender, commands, rollback, effect, temporary, _PROOF)


def _deleted(rule: FilterRule) -> str:
    place = " ".join(word(part) for part in (rule.family, rule.table, rule.chain))
    return f"nft delete rule {place} handle {word(rule.handle or '')}"


def _added(rule: FilterRule) -> str:
    place = " ".join(word(part) for part in (rule.family, rule.table, rule.chain))
    return f"nft add rule {place} {' '.join(map(word, rule.text.split()))}"


def _by_rule(found: Aged) -> Iterator[Fix]:
    flow = found.path.hops[0].flow_out
    tool, target = (
        ("iptables", "TTL --ttl-set") if flow.version == 4 else ("ip6tables", "HL --hl-set")
    )
    rest = f"POSTROUTING -d {flow.dst} -j {target} {ENOUGH}"
    yield _fix(
        found, (f"{tool} -t mangle -A {rest}",), (f"{tool} -t mangle -D {rest}",), temporary=True
    )
