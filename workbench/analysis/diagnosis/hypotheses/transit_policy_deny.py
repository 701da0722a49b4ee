"""Does a firewall's policy on the way deny this flow?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.analysis.case.findings import Findings
from workbench.analysis.case.verdict import Cause, Hypothesis
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.filters.off_the_known_ways import (
    denial_reasons,
    denials,
    refused_by_its_log,
)
from workbench.analysis.diagnosis.facts.filters.strictness import (
    denial,
    policy_of_a_firewall,
    reason_of,
)
from workbench.analysis.diagnosis.facts.state.expired import of_its_session
from workbench.analysis.diagnosis.facts.state.midflow import moved_sessions
from workbench.analysis.diagnosis.facts.state.tracking import never_passed, passed_elsewhere
from workbench.analysis.diagnosis.facts.stops.blame import Blame, Kind
from workbench.analysis.diagnosis.facts.stops.complaints import Kind as Told
from workbench.analysis.diagnosis.facts.stops.complaints import (
    complaint,
    complaint_reasons,
    name_of,
)
from workbench.analysis.diagnosis.facts.stops.horizon import scene_of
from workbench.analysis.diagnosis.facts.stops.stops import Stop, stop_reasons, stops


def transit_policy_deny(findings: Findings) -> Iterable[Hypothesis]:
    """Does a firewall's policy on the way deny this flow?"""
    yield from _told(scene_of(findings))
    for stop in stops(scene_of(findings)):
        blame = denial(stop)
        elsewhere = blame is not None and blame.kind is Kind.TRACKING and _no_policy(stop)
        if elsewhere or of_its_session(stop):
            continue
        if (blame is not None or stop.unexplained or stop.puzzling) and policy_of_a_firewall(
            stop, blame
        ):
            yield Hypothesis(
                Cause.TRANSIT_POLICY_DENY,
                guilty_node=stop.device,
                decided_by=stop.device,
                direction=stop.direction,
                reasons=tuple(stop_reasons(stop, blame)),
                fixes=tuple(remedies.allow_in_transit(stop, blame)),
                refuted_by=f"the {stop.packet} leaving {stop.device} again",
                would_settle="the counter of that rule before and after an attempt",
                summary=_summary(stop, blame),
            )
    yield from _refused_elsewhere(scene_of(findings))


def _refused_elsewhere(scene: Scene) -> Iterator[Hypothesis]:
    """A device that nothing leads to reports in its log that it refused the first packet of the
    flow."""
    for stray in denials(scene):
        device, by = stray.device, stray.told.refuser or repr(stray.told.prefix)
        yield refused_by_its_log(
            Cause.TRANSIT_POLICY_DENY,
            stray,
            denial_reasons(stray),
            summary=f"{device} denies {stray.packet}, as its own log tells ({by})",
            would_settle=(
                f"the rule of {device} that writes such lines, and its counter around an attempt"
            ),
        )


def _told(scene: Scene) -> Iterator[Hypothesis]:
    """Somebody who cannot be asked told the sender so; which of its rules it was only he knows."""
    found = complaint(scene, Told.PROHIBITED)
    if found is not None:
        name = name_of(scene, found.by)
        yield Hypothesis(
            Cause.TRANSIT_POLICY_DENY,
            guilty_node=name,
            decided_by=name,
            direction=found.direction,
            reasons=tuple(complaint_reasons(scene, found)),
            refuted_by=f"packets of the flow seen behind {name}",
            would_settle=(
                f"the packet filter of {name}, and its counters before and after an attempt"
            ),
            summary=(
                f'{name} refuses packets by policy: it told the sender "{found.kind}" about'
                f" {found.about}"
            ),
        )


def _no_policy(stop: Stop) -> bool:
    """Did a part of the conversation go around the device, or did its session's time run out? It is
    no policy then."""
    around = passed_elsewhere(stop.scene, stop.device) is not None
    over = any(
        one.hop.device == stop.device and one.paused is not None
        for one in moved_sessions(stop.scene)
    )
    return around or over or never_passed(stop.scene, stop.device, stop.stage)


def _summary(stop: Stop, blame: Blame | None) -> str:
    if blame is not None and blame.kind is Kind.TRACKING:
        return f"{stop.device} drops the {stop.packet}: {reason_of(stop, blame)}"
    return f"{stop.device} denies the {stop.packet} by policy ({reason_of(stop, blame)})"
