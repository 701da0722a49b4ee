"""Does a filter without state drop the packets of one direction?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.model.evidence import Question
from workbench.analysis.case.findings import Findings
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis, Reason
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.filters.off_the_known_ways import (
    answer_reasons,
    refused_by_its_log,
    unanswerable,
)
from workbench.analysis.diagnosis.facts.filters.strictness import (
    denial,
    kind_of_filter,
    policy_of_a_firewall,
    reason_of,
)
from workbench.analysis.diagnosis.facts.neighbours.unheard import unheard
from workbench.analysis.diagnosis.facts.reasons import DIRECT, STRONG, both_ends
from workbench.analysis.diagnosis.facts.state.expired import of_its_session
from workbench.analysis.diagnosis.facts.state.tracking import list_or_state
from workbench.analysis.diagnosis.facts.stops.drop_reasons import Blame
from workbench.analysis.diagnosis.facts.stops.horizon import scene_of
from workbench.analysis.diagnosis.facts.stops.stops import Stop, stop_reasons, stops
from workbench.analysis.diagnosis.facts.translation.past_the_translator import past_balancer


def acl_path(findings: Findings) -> Iterable[Hypothesis]:
    """Does a filter without state drop the packets of one direction?"""
    scene = scene_of(findings)
    yield from _kept_apart(scene)
    for stop in stops(scene):
        blame = denial(stop)
        if of_its_session(stop):
            continue
        if (blame is not None or stop.unexplained or stop.puzzling) and not policy_of_a_firewall(
            stop, blame
        ):
            what = kind_of_filter(stop, blame)
            yield Hypothesis(
                Cause.ACL_PATH,
                guilty_node=stop.device,
                decided_by=stop.device,
                direction=stop.direction,
                reasons=(*stop_reasons(stop, blame), *past_balancer(stop), *_or_state(stop, blame)),
                fixes=tuple(remedies.mend_acl(stop, blame)),
                refuted_by=f"the {stop.packet} leaving {stop.device} again",
                would_settle=_settles(stop, blame),
                summary=(
                    f"{_does(stop, blame)} the {stop.packet} by {what} ({reason_of(stop, blame)})"
                ),
            )
    yield from _refused_elsewhere(scene)


def _or_state(stop: Stop, blame: Blame | None) -> Iterator[Reason]:
    """Nothing but the line of a log tells why an answer was refused."""
    if stop.reverse and list_or_state(stop.scene, stop.device, stop.stage, blame):
        text = (
            f"no rules and no sessions of {stop.device} were read: a firewall that missed the SYN"
            " refuses it as well"
        )
        yield Reason(-STRONG, text)


def _refused_elsewhere(scene: Scene) -> Iterator[Hypothesis]:
    """A device that nothing leads to reports in its log that it refused the answer."""
    for stray in unanswerable(scene):
        device, prefix = stray.device, stray.told.prefix
        yield refused_by_its_log(
            Cause.ACL_PATH,
            stray,
            answer_reasons(stray),
            summary=f"{device} refuses {stray.packet}, as its own log tells ({prefix!r})",
            would_settle=f"whether {device} keeps state of connections, and what it lets back",
        )


def _kept_apart(scene: Scene) -> Iterator[Hypothesis]:
    """A bridge keeps two of its ports apart, so that the machines behind them never hear each
    other."""
    lost = unheard(scene)
    if lost is None or lost.kept is None:
        return
    kept = lost.kept
    reasons = [Reason(DIRECT, f"{lost.text}: {kept.text}", (*lost.evidence, *kept.evidence))]
    if kept.isolated:
        apart = (
            f"{kept.came} and {kept.behind} of {kept.device} are both isolated: nothing passes"
            " between such ports"
        )
        reasons.append(Reason(STRONG, apart, scene.evidence(kept.device, Question.INTERFACES)))
    yield Hypothesis(
        Cause.ACL_PATH,
        guilty_node=kept.device,
        direction=Direction.FORWARD,
        reasons=(*both_ends(scene), *reasons),
        fixes=tuple(remedies.join_ports(kept)),
        refuted_by=f"a question of {lost.asker} leaving {kept.device} by {kept.behind}",
        would_settle=(
            f"how {kept.device} treats these ports: isolation, VLANs, its filter for bridged frames"
        ),
        summary=(
            f"{kept.device} keeps {lost.asker} and {lost.holder} apart: of the questions who has"
            f" {lost.address}, none that comes in on {kept.came} goes out of {kept.behind}"
        ),
    )


def _settles(stop: Stop, blame: Blame | None) -> str:
    if blame is None or (blame.rule is None and blame.chain is None):
        return (
            f"what else filters on {stop.device}: all rules read by root, `tc filter`, XDP, a list"
            " in hardware"
        )
    return "the counter of that rule before and after an attempt"


def _does(stop: Stop, blame: Blame | None) -> str:
    return f"{stop.device} {'rejects' if blame is not None and blame.rejects else 'drops'}"
