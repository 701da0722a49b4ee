"""A flow that works and begins late: what is dropped at first, by which rule, and what passes in
its place?"""

from __future__ import annotations

from workbench.analysis.facts.blamed import Blame
from workbench.analysis.facts.healed import healed
from workbench.analysis.facts.rehearsal import explain
from workbench.analysis.facts.scene import Scene
from workbench.analysis.facts.stage import stage_of
from workbench.analysis.verdict import Drop
from workbench.analysis.wording import filter_words

# ECE and CWR in a SYN offer ECN (RFC 3168); a client that gets no answer tries without
_ECN = frozenset("EW")


def late_words(scene: Scene) -> str:
    """What delays every connection, in words; empty where nothing does."""
    late = healed(scene.findings)
    if late is None:
        return ""
    by = _rule(scene, late)
    if set(late.tcp_flags or "") & _ECN:
        return (
            f"{late.node} drops the {late.packet} with ECN flags{by} and lets pass the one without"
            " that is sent then"
        )
    return (
        f"{late.node} drops the {late.packet} at first{by} and lets it pass when it is sent again"
    )


def _rule(scene: Scene, late: Drop) -> str:
    """The rule that does so, where the device shows one."""
    stage = stage_of(late.packet, late.reverse, scene.flow.protocol)
    told: tuple[Blame, ...] = explain(scene, late.node, stage, late.reverse, late.tcp_flags)
    rule = next((one.rule for one in told if one.certain and one.rule is not None), None)
    return f" by its rule {filter_words(rule.text)}" if rule is not None else ""
