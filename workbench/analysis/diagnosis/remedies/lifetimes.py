"""Fixes for packets that expire."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.remedy import Remedy
from collectors.model.remedy.filters import (
    RemovePacketLifeRule,
    SetPacketLife,
    SetPacketLifeSetting,
)
from workbench.analysis.case.verdict import Fix, FixClass
from workbench.analysis.diagnosis.facts.routing.aged import Aged

ENOUGH = 64  # what systems begin with


def longer_life(found: Aged) -> Iterator[Fix]:
    """Take the setting or the rule away that makes the time to live small; else set it by a rule,
    for a test."""
    setting, rule = found.setting, found.rule
    if setting is not None:
        yield _fix(SetPacketLifeSetting(found.sender, setting.name, setting.text, ENOUGH))
    elif rule is not None and rule.handle:
        yield _fix(RemovePacketLifeRule(found.sender, rule))
    else:
        target = found.path.hops[0].flow_out.dst
        yield _fix(SetPacketLife(found.sender, target, ENOUGH), temporary=True)


def _fix(remedy: Remedy, *, temporary: bool = False) -> Fix:
    return Fix.of(
        FixClass.RAISE_TTL,
        remedy,
        side_effects="everything that it sends gets the longer TTL; routing loops, if there are"
        " any, cost more",
        temporary=temporary,
        proof="the packets arrive, and no device reports an expired TTL",
    )
