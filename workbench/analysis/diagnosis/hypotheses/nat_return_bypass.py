"""Do the replies return past the device that translated the flow?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from workbench.analysis.case.findings import Findings
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis, Reason
from workbench.analysis.case.wording import filter_words
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.ends.oneway import own_other_address
from workbench.analysis.diagnosis.facts.reasons import DIRECT, STRONG, WEAK, both_ends
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.diagnosis.facts.translation.foreign_answers import Stranger, stranger
from workbench.analysis.diagnosis.facts.translation.past_the_translator import (
    Bypass,
    bypass,
    bypass_reasons,
)
from workbench.analysis.diagnosis.facts.translation.translators import balances


def nat_return_bypass(findings: Findings) -> Iterable[Hypothesis]:
    """Do the replies return past the device that translated the flow?"""
    context = context_of(findings)
    found = bypass(context)
    if found is None:
        yield from _rewritten(context)
        yield from _from_another_address(context)
    if found is None or balances(context, found.translator):
        return
    name = found.translator.name
    yield Hypothesis(
        Cause.NAT_RETURN_BYPASS,
        guilty_node=found.guilty,
        decided_by=found.decided_by,
        direction=Direction.REVERSE,
        reasons=tuple(bypass_reasons(found)),
        fixes=tuple(remedies.return_to_translator(found)),
        refuted_by=f"replies seen at {name}, or its session answered",
        would_settle=(
            f"the session looked up on {name} and {found.guilty} at once, a capture on both"
        ),
        summary=(
            f"replies do not return through {name}, which translated the flow: {_instead(found)}"
        ),
    )


def _rewritten(context: Context) -> Iterator[Hypothesis]:
    """The answers come back, but from a source that the client never asked."""
    found = stranger(context)
    if found is None:
        return
    hop = context.hop(found.translator, reverse=False) if found.translator else None
    balanced = hop is not None and balances(context, hop)
    yield Hypothesis(
        Cause.LB_PARTIAL_NAT_RETURN if balanced else Cause.NAT_RETURN_BYPASS,
        guilty_node=found.translator,
        decided_by=found.translator,
        direction=Direction.REVERSE,
        reasons=tuple(_stranger_reasons(context, found)),
        fixes=tuple(remedies.keep_source(found)),
        refuted_by=f"answers from {found.asked.dst} at the client",
        would_settle=(
            f"the session of the flow on {found.translator or 'the translator'}, and a capture"
            " there"
        ),
        summary=(
            f"the client asks {_end(found.asked.reversed())} and is answered from"
            f" {_end(found.came)}: {_what(found)}"
        ),
    )


def _from_another_address(context: Context) -> Iterator[Hypothesis]:
    """A server of several addresses answers a datagram from another one of its own than the client
    asked."""
    other = own_other_address(context)
    if other is None or stranger(context) is not None:
        return
    asked = context.findings.forward.hops[-1].flow_out
    yield Hypothesis(
        Cause.NAT_RETURN_BYPASS,
        guilty_node=context.server,
        decided_by=context.server,
        direction=Direction.REVERSE,
        reasons=tuple(_address_reasons(context, asked, other)),
        fixes=tuple(remedies.answer_from_asked(context, asked)),
        refuted_by=f"answers from {asked.dst} leaving {context.server}",
        would_settle="a capture at the client: from which address do the answers come?",
        summary=(
            f"{context.server} is asked at {asked.dst} and answers from {other.src}, another of its"
            " own addresses: the client accepts answers only from the address that it asked"
        ),
    )


def _address_reasons(context: Context, asked: Flow, other: Flow) -> Iterator[Reason]:
    evidence = context.evidence(context.server or "", Question.CAPTURE)
    yield Reason(
        DIRECT, f"{context.server} answers {_end(asked.reversed())} from {_end(other)}", evidence
    )
    owned = context.evidence(context.server or "", Question.INTERFACES)
    yield Reason(
        WEAK, f"both are addresses of {context.server}: its service lets the kernel choose", owned
    )


def _what(found: Stranger) -> str:
    if found.translator is None:
        return "the device that translated the request does not translate the answer back"
    return (
        f"{found.translator}"
        f" {'changes the source of the answers' if _changes(found) else 'does not turn them back'}"
    )


def _changes(found: Stranger) -> bool:
    return found.seen or found.rule is not None or found.translator == found.context.server


def _end(flow: Flow) -> str:
    return str(flow.src) if flow.sport is None else f"{flow.src} port {flow.sport}"


def _stranger_reasons(context: Context, found: Stranger) -> Iterator[Reason]:
    yield from both_ends(context)
    text = (
        f"the client asked {_end(found.asked.reversed())} and got its answer from"
        f" {_end(found.came)}"
    )
    yield Reason(DIRECT, text, found.evidence)
    if found.refused:
        yield Reason(
            STRONG,
            "the client refuses that answer: it has no connection to that address",
            found.evidence,
        )
    if found.seen:
        yield Reason(
            DIRECT, f"the source changes between in and out of {found.translator}", found.evidence
        )
    elif found.rule is not None:
        yield Reason(
            STRONG, f"{found.translator} has a rule that does so: {filter_words(found.rule.text)}"
        )
    elif found.bridge_unseen is not None:
        settings = context.evidence(found.translator or "", Question.SETTINGS)
        text = f"what only crosses a bridge of {found.translator} does not reach its translation"
        yield Reason(STRONG, f"{text}: {found.bridge_unseen.words}", settings)
    elif found.translator is not None:
        yield Reason(
            WEAK, f"{found.translator} is the device that should have kept the two the same"
        )


def _instead(found: Bypass) -> str:
    """Who gets them in its place."""
    if found.guilty not in (None, found.translator.name):
        return f"they reach {found.guilty}, which does not know it"
    taken = found.context.findings.reverse.names[-1:]
    return (
        f"they go past it to {taken[0] if taken else 'the client'}, which does not know this flow"
    )
