"""From hypotheses to a verdict: reasons are added up, and confidence follows from score, margin and
visibility."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from math import exp

from collectors.model.evidence import Query
from workbench.analysis.case.case import Case
from workbench.analysis.case.drop import Drop
from workbench.analysis.case.findings import Findings, Trace
from workbench.analysis.case.verdict import (
    HEALTHY,
    Cause,
    Direction,
    Hypothesis,
    Outcome,
    Ranked,
    Underway,
    Verdict,
)
from workbench.analysis.device.route_changes import route_changes
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.ends.oneway import one_way
from workbench.analysis.diagnosis.facts.loss.random_loss import lossy
from workbench.analysis.diagnosis.facts.routing.half_known_check import by_a_check_half_known
from workbench.analysis.diagnosis.facts.state.boundary_table import accused, boundary_table
from workbench.analysis.diagnosis.facts.stops.last_departure import last_departure
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.diagnosis.facts.working.cut_answers import rests_on_cut_answer
from workbench.analysis.diagnosis.facts.working.presumed_devices import presumed, with_presumption
from workbench.analysis.diagnosis.facts.working.proof import DOUBTFUL, ONCE, RESTLESS, proof
from workbench.analysis.diagnosis.hypotheses import HYPOTHESES, Asks
from workbench.analysis.diagnosis.ranking.common_mistakes import mistakes
from workbench.analysis.diagnosis.ranking.discriminating_questions import new_question, settling
from workbench.analysis.diagnosis.ranking.failing_target import (
    expected_at,
    in_doubt,
    not_met,
    with_targets,
)
from workbench.analysis.diagnosis.ranking.latent_faults import (
    failing_counterfactual,
    failing_target,
    spread_questions,
)
from workbench.analysis.diagnosis.ranking.settling import in_words, sought
from workbench.analysis.diagnosis.remedies.first import mended_first
from workbench.analysis.trace.underlay import Inside, stretches

log = logging.getLogger(__name__)
BROKE = "a rule broke off"
STEEPNESS = 0.8
BASELINE = 3.0  # what a candidate must exceed to be more likely than "something else"
DIRECT = 3.0  # a reason of this weight is an observation, not an inference
CONTRARY_CAP = 0.75  # an observation speaks against it
UNSEEN_CAP = 0.79  # without a direct observation nobody is sure
TOP = 0.97
BLIND_CAP = 0.75
DECIDED = 0.95  # from here on nothing more is asked
UNPROVEN = 0.3  # below this nothing is concluded
STANDS = 5.0  # what speaks for a further fault must add up to this
GUESS = 0.12  # below this a cause is not even worth naming
MOST = 6  # hypotheses that are shown
COUNTERFACTUAL_CAP = 0.7  # what was seen works; another connection is predicted to fail
ENOUGH = 0.25  # what nobody tried was not seen to fail: its own settings are all there is to know
NO_FAULT = HEALTHY | {Cause.UNKNOWN_BEYOND_VISIBILITY}
# what a device says of itself, and what holds whether or not a packet gets that far
FACTS = frozenset(
    {Cause.SERVICE_NOT_LISTENING, Cause.NO_FORWARD_ROUTE, Cause.NO_RETURN_ROUTE, Cause.ROUTING_LOOP}
)


def judge(findings: Findings) -> Verdict:
    """What is wrong with the flow, who does it, and how sure are we? Where a hash hides what fails,
    another connection is judged in its place."""
    seen = _judge(findings)
    if _explained(seen):
        return seen
    counterfactual = failing_counterfactual(findings)
    hidden = _judge(counterfactual) if counterfactual is not None else None
    if hidden is None or hidden.outcome is not Outcome.BROKEN:
        return _at_another_target(findings, seen)
    return replace(
        hidden,
        best=replace(hidden.best, confidence=min(hidden.best.confidence, COUNTERFACTUAL_CAP)),
    )


def _at_another_target(findings: Findings, seen: Verdict) -> Verdict:
    """What was seen works; a translation may send the next connection to a target that would refuse
    it."""
    found = failing_target(findings)
    if found is None:
        return seen
    there, target = found
    hidden = _judge(there)
    cause, sure = hidden.best.hypothesis.cause, hidden.best.confidence
    if cause not in NO_FAULT and sure > ENOUGH:
        fault = not_met(findings.case, target, hidden.best.hypothesis)
        sure = min(max(sure, DOUBTFUL), COUNTERFACTUAL_CAP)
        best = replace(hidden.best, hypothesis=fault, confidence=sure)
        return replace(hidden, outcome=Outcome.BROKEN, best=best)
    doubted = in_doubt(target, expected_at(there), seen.best.hypothesis)
    sure = min(seen.best.confidence, RESTLESS)
    return replace(seen, best=replace(seen.best, hypothesis=doubted, confidence=sure))


def _explained(verdict: Verdict) -> bool:
    """Is there a fault, or were packets seen to vanish where nobody can be asked?"""
    if verdict.outcome is Outcome.BROKEN:
        return True
    best = verdict.best.hypothesis
    return best.cause not in HEALTHY and _observed(best)


def _observed(hypothesis: Hypothesis) -> bool:
    """Does an observation speak for it, and not inferences only?"""
    return any(reason.weight >= DIRECT for reason in hypothesis.reasons)


def _judge(findings: Findings) -> Verdict:
    context = context_of(findings)
    ranked = _in_order(_honest(rank(context)))
    shown = [_with_settled(context, one) for one in ranked[:MOST]]
    first = with_presumption(context, shown[0].hypothesis)
    best = replace(shown[0], hypothesis=mended_first(context, first))
    others = shown[1:]
    also = _also(best, [*others, *ranked[MOST:]])
    outcome = _outcome(context, best)
    blamed = tuple(one.hypothesis for one in (best, *also))
    verdict = Verdict(
        outcome=outcome,
        best=best,
        alternatives=tuple(one for one in others if one not in also),
        also=also,
        drop=_drop(context, best),
        forward_path=findings.forward.names,
        reverse_path=findings.reverse.names,
        divergent=findings.divergent,
        boundaries_forward=_boundaries(findings.forward),
        boundaries_reverse=_boundaries(findings.reverse),
        unreached=context.unreached,
        tunnels=tuple(map(_underway, stretches(findings))),
        boundaries=accused(boundary_table(context), outcome, blamed),
    )
    return replace(verdict, mistakes=mistakes(findings, verdict), changes=route_changes(findings))


def _with_settled(context: Context, one: Ranked) -> Ranked:
    """With the words for what would settle it, and whether that was asked."""
    return replace(one, settled=in_words(sought(context, one.hypothesis), one.hypothesis))


def _underway(one: Inside) -> Underway:
    return Underway(
        Direction.of(reverse=one.reverse),
        one.hop.name,
        one.interface,
        one.kind,
        one.to,
        str(one.outer) if one.outer is not None else None,
        one.way.names if one.way is not None else (),
        one.label,
    )


def _drop(context: Context, best: Ranked) -> Drop | None:
    """Where the packet was last seen: what is lost by chance is lost where most of it is."""
    if _outcome(context, best) is Outcome.HEALTHY:
        return None
    if best.hypothesis.cause is not Cause.PACKET_LOSS:
        return context.findings.drop or last_departure(context)
    accused = best.hypothesis.guilty_node
    for loss in lossy(context):
        if accused in (loss.device, None):
            return loss.drop
    return context.findings.drop


def _honest(ranked: list[Ranked]) -> list[Ranked]:
    """What nothing proves is not called healthy, and a wild guess is not named."""
    best = ranked[0]
    unproven = best.hypothesis.cause in HEALTHY and best.confidence < UNPROVEN
    if not unproven and best.confidence >= GUESS:
        return ranked
    return sorted(ranked, key=lambda r: r.hypothesis.cause is not Cause.UNKNOWN_BEYOND_VISIBILITY)


def _in_order(ranked: list[Ranked]) -> list[Ranked]:
    """Nothing that is shown beside the verdict is likelier than it; what one limit lowers, it
    lowers for all behind it."""
    best = _as_likely_as_the_guess(ranked)
    behind = [min(one.confidence, best.confidence) for one in ranked[1:]]
    others = zip(ranked[1:], behind, strict=True)
    return [best, *(replace(one, confidence=sure) for one, sure in others)]


def _as_likely_as_the_guess(ranked: list[Ranked]) -> Ranked:
    """Where nothing is proved, that it cannot be known is as likely as the guess that is not
    named."""
    best = ranked[0]
    if best.hypothesis.cause is not Cause.UNKNOWN_BEYOND_VISIBILITY:
        return best
    guesses = [one.confidence for one in ranked if one.hypothesis.score > best.hypothesis.score]
    return replace(best, confidence=min(BLIND_CAP, max((best.confidence, *guesses))))


def wanted(findings: Findings) -> tuple[Query, ...]:
    """Which cheap questions would settle what is still open?"""
    context = context_of(findings)
    ranked = rank(context)
    still_open = ranked[:3] if ranked[0].confidence < DECIDED else []
    queries = settling(context, tuple(one.hypothesis for one in still_open))
    of_ports = [query for query in spread_questions(findings) if new_question(context, query)]
    return (*queries, *of_ports)


def rank(context: Context) -> list[Ranked]:
    """All hypotheses, the likeliest first."""
    every = [one for ask in HYPOTHESES for one in _asked(ask, context)]
    found = _distinct(with_targets(context, every))
    odds = [exp(STEEPNESS * one.score) for one in found]
    total = exp(STEEPNESS * BASELINE) + sum(odds)
    ranked = [
        Ranked(one, _confidence(context, one, its_odds / total))
        for one, its_odds in zip(found, odds, strict=True)
    ]
    return sorted(ranked, key=lambda one: (-one.hypothesis.score, one.hypothesis.cause))


def _asked(ask: Asks, context: Context) -> list[Hypothesis]:
    """A rule that breaks on evidence which nobody foresaw ends neither the others nor the run;
    nobody is sure then."""
    try:
        return list(ask(context.findings))
    except Exception as error:
        note_broken(context.case, ask.__name__, error)
        return []


def note_broken(case: Case, rule: str, error: Exception) -> None:
    """Log it, and keep that the case was judged without one of the rules."""
    log.error("the hypothesis %s broke off", rule, exc_info=error)
    case.memo[BROKE] = True


def _distinct(hypotheses: list[Hypothesis]) -> list[Hypothesis]:
    """Of several candidates for the same cause and device only the strongest."""
    best: dict[tuple[Cause, str | None], Hypothesis] = {}
    for one in hypotheses:
        key = (one.cause, one.guilty_node)
        if key not in best or one.score > best[key].score:
            best[key] = one
    return list(best.values())


def _confidence(context: Context, hypothesis: Hypothesis, share: float) -> float:
    if hypothesis.cause is Cause.UNKNOWN_BEYOND_VISIBILITY:
        return min(share, BLIND_CAP)
    at_most = min(share, *_caps(context, hypothesis))
    hidden = context.unreached and not _observed(hypothesis)
    return at_most * 0.9 if hidden else at_most


def _caps(context: Context, hypothesis: Hypothesis) -> Iterator[float]:
    """How sure can a hypothesis be at most, for each weakness of what it rests on?"""
    yield _of_what_was_seen(context, hypothesis)
    if context.case.duplicate_addresses or context.case.memo.get(BROKE):
        yield COUNTERFACTUAL_CAP
    if rests_on_cut_answer(context, hypothesis.cause):
        yield UNSEEN_CAP
    if presumed(context, hypothesis):
        yield CONTRARY_CAP
    if by_a_check_half_known(context, hypothesis):
        yield CONTRARY_CAP


def _of_what_was_seen(context: Context, hypothesis: Hypothesis) -> float:
    """What was observed for it and against it, and when."""
    observed = _observed(hypothesis)
    limit = TOP if observed else UNSEEN_CAP
    if hypothesis.cause in HEALTHY:
        limit = min(limit, ONCE if one_way(context) else proof(context).limit)
    elif any(reason.weight <= -DIRECT for reason in hypothesis.reasons):
        limit = CONTRARY_CAP
    undated = any(reason.undated for reason in hypothesis.reasons)
    return min(limit, CONTRARY_CAP) if undated and not observed else limit


def _outcome(context: Context, best: Ranked) -> Outcome:
    if best.hypothesis.cause is Cause.UNKNOWN_BEYOND_VISIBILITY or best.confidence < UNPROVEN:
        return Outcome.INCONCLUSIVE
    if best.hypothesis.cause in HEALTHY:
        return Outcome.HEALTHY if _healthy(context, best) else Outcome.INCONCLUSIVE
    return Outcome.BROKEN


def _healthy(context: Context, best: Ranked) -> bool:
    """Is it enough to be called so? What one place saw whole is, where nothing else lessens it."""
    if best.confidence != DOUBTFUL:
        return best.confidence > DOUBTFUL
    return bool(context.findings.flow_works) and proof(context).whole


def _also(best: Ranked, others: list[Ranked]) -> tuple[Ranked, ...]:
    """Further faults that stand on their own evidence, on other devices."""
    if best.hypothesis.cause in HEALTHY:
        return ()
    standing = (one for one in others if _stands(one.hypothesis))
    return tuple(one for one in standing if _independent(one.hypothesis, best.hypothesis))


def _independent(one: Hypothesis, best: Hypothesis) -> bool:
    """Another device and another cause: not the same fault seen from its other side."""
    return one.guilty_node != best.guilty_node and one.cause != best.cause


def _stands(hypothesis: Hypothesis) -> bool:
    if hypothesis.cause in FACTS:
        return True
    if hypothesis.cause in NO_FAULT or not _observed(hypothesis):
        return False
    return sum(max(reason.weight, 0.0) for reason in hypothesis.reasons) >= STANDS


def _boundaries(path: Trace) -> tuple[str, ...]:
    return tuple(hop.name for hop in path.hops if hop.boundary is not None)
