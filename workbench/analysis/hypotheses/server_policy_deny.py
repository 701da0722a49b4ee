"""Does the server's own packet filter deny this flow?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.analysis import remedies
from workbench.analysis.facts.blame import Kind
from workbench.analysis.facts.deltas import counter_moved
from workbench.analysis.facts.horizon import scene_of
from workbench.analysis.facts.stops import Stop, stop_reasons, stops
from workbench.analysis.facts.strictness import reason_of
from workbench.analysis.findings import Findings
from workbench.analysis.verdict import Cause, Hypothesis, Reason


def server_policy_deny(findings: Findings) -> Iterable[Hypothesis]:
    """Does the server's own packet filter deny this flow?"""
    scene = scene_of(findings)
    for stop in stops(scene):
        blame = stop.why(Kind.INPUT, Kind.OUTPUT, Kind.STATELESS, Kind.POLICY) if stop.device == scene.server else None
        if blame is not None:
            yield Hypothesis(
                Cause.SERVER_POLICY_DENY,
                guilty_node=stop.device,
                decided_by=stop.device,
                direction=stop.direction,
                reasons=(*stop_reasons(stop, blame), *_reasons(stop)),
                fixes=tuple(remedies.allow_on_host(stop, blame)),
                refuted_by="the server answering the request",
                would_settle="the counter of that rule on the server before and after an attempt",
                summary=f"{stop.device}'s own packet filter denies the {stop.packet} ({reason_of(blame)})",
            )


def _reasons(stop: Stop) -> Iterator[Reason]:
    received = counter_moved(stop.scene.case, stop.device, "IpInReceives")
    delivered = counter_moved(stop.scene.case, stop.device, "IpInDelivers")
    if received and delivered and received.amount > delivered.amount:
        text = f"{stop.device} received {received.amount} packets and delivered {delivered.amount} in the window"
        yield Reason(0.5, text, received.evidence)
