"""Do exactly those attempts fail that a translation sends to one of its targets?"""

from __future__ import annotations

from dataclasses import replace

from collectors.model.flow import Flow
from workbench.analysis.facts.reasons import STRONG
from workbench.analysis.facts.scene import Scene
from workbench.analysis.findings import Attempt
from workbench.analysis.targets import Share, shares
from workbench.analysis.verdict import HEALTHY, Hypothesis, Reason


def with_targets(scene: Scene, hypotheses: list[Hypothesis]) -> list[Hypothesis]:
    """The same, where only one target's attempts fail: said so, and a reason for who is on the way to that one only."""
    known = shares(scene.case, scene.findings.forward, scene.findings.attempts)
    share = next((one for one in known if one.failing), None)
    return hypotheses if share is None else [_told(scene, share, one) for one in hypotheses]


def _told(scene: Scene, share: Share, one: Hypothesis) -> Hypothesis:
    if one.cause in HEALTHY:
        return one
    text = _words(scene, share)
    beyond = one.guilty_node in _beyond(scene, share)
    reasons = (Reason(STRONG, text, _evidence(scene, share)),) if beyond else ()
    return replace(one, reasons=(*one.reasons, *reasons), summary=f"{one.summary}; {text}")


def _beyond(scene: Scene, share: Share) -> set[str]:
    """The devices on the ways to and from the failing target that are on none to the others."""
    own = {*scene.findings.forward.names, *scene.findings.reverse.names}
    good = {flow.dst for flow in share.good}
    others = [p for p in scene.findings.targets if p.hops and good & {p.flow.src, p.hops[-1].flow_out.dst}]
    return own - {name for path in others for name in path.names} if others else set()


def _words(scene: Scene, share: Share) -> str:
    failed, every = sum(bad for _, bad in share.counts.values()), sum(map(sum, share.counts.values()))
    bad, good = _names(scene, share.failing), _names(scene, share.good)
    return f"{failed} of {every} attempts fail: those that {share.hop.name} sends to {bad}; those sent to {good} work"


def _names(scene: Scene, flows: tuple[Flow, ...]) -> str:
    owners = ((flow, scene.case.owner(flow.dst)) for flow in flows)
    names = (owner.name if owner else str(flow.dst) for flow, owner in owners)
    return " and ".join(dict.fromkeys(names))


def _evidence(scene: Scene, share: Share) -> tuple[str, ...]:
    tried: tuple[Attempt, ...] = scene.findings.attempts
    return tuple(dict.fromkeys((*share.hop.evidence, *(e for one in tried[-2:] for e in one.evidence))))
