"""Fixes for one bad target of a translation that has several: others take its place."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.flow import Address, Flow, addresses_in
from collectors.model.records import FilterRule
from collectors.model.remedy.translation import ReplaceTarget
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Hop
from workbench.analysis.case.verdict import Fix, FixClass
from workbench.analysis.device.matching import PacketUnderTest
from workbench.analysis.device.translation import nat_rules


def take_out(case: Case, hop: Hop, bad: Flow, good: Flow) -> Iterator[Fix]:
    """Let the device at the hop choose `good` where it would choose `bad`."""
    hook = "output" if hop.iif is None else "prerouting"
    every = nat_rules(case, hop.device or "", hook, PacketUnderTest(hop.flow_in, hop.iif))
    leading = tuple(rule for rule in every if _leads_to(rule, bad.dst))
    if not leading:
        return
    yield Fix.of(
        FixClass.REMOVE_BAD_LEG,
        ReplaceTarget(hop.device, leading, bad, good),
        side_effects=(
            f"{good.dst} gets the connections of {bad.dst}, too; sessions that exist keep their"
            " target"
        ),
        proof=f"new attempts all work, and {hop.name} holds no new session to {bad.dst}",
    )


def _leads_to(rule: FilterRule, target: Address) -> bool:
    ends = addresses_in(rule.target or "", target.version)
    return target in ends or (len(ends) == 2 and int(ends[0]) <= int(target) <= int(ends[1]))
