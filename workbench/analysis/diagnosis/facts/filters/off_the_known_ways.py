"""Devices on neither known way whose own logs name packets of this flow as refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from collectors.model.evidence import Question
from workbench.analysis.case.findings import Hop
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis, Reason
from workbench.analysis.device.filtering import FilterResult
from workbench.analysis.device.log_drops import let_pass
from workbench.analysis.device.logbook import UNKNOWN_SEGMENT, LoggedRefusal, passed, refusals
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.reasons import (
    DIRECT,
    STRONG,
    WEAK,
    both_ends,
    ends_evidence,
    silence,
)

_SAME_PORTS = 2.5
_OPENINGS = ("SYN", "UDP", "ICMP", UNKNOWN_SEGMENT)


@dataclass(frozen=True, slots=True)
class Stray:
    """A packet of the flow that a device refused, while nothing tells how it came there."""

    context: Context
    refusal: LoggedRefusal
    reverse: bool

    @property
    def device(self) -> str:
        """Who refused it."""
        return self.refusal.device

    @property
    def packet(self) -> str:
        """Whose packet it was, in words."""
        return "the server's answer" if self.reverse else "the client's packet"

    @property
    def direction(self) -> Direction:
        """The direction of the packet."""
        return Direction.of(reverse=self.reverse)

    @property
    def undated(self) -> bool:
        """Does nothing say that it was written shortly before, or what packet it was?"""
        return self.refusal.doubtful

    @property
    def denies(self) -> bool:
        """Is it the first packet of the flow, which needs no session?"""
        return not self.reverse and not self.strange and self.refusal.packet in _OPENINGS

    @property
    def strange(self) -> bool:
        """Was it refused because it fits no session, as the rule, the label or the rest of the line
        says?"""
        return self.refusal.strange


def strays(context: Context) -> Iterator[Stray]:
    """Which devices off the known ways refused packets of this flow as fitting no session?"""
    return (one for one in _refusers(context) if one.strange)


def denials(context: Context) -> Iterator[Stray]:
    """Which devices off the known ways refused the first packet of this flow, whatever its
    session?"""
    for stray in _refusers(context):
        if stray.denies and stray.refusal.shows_where:
            yield stray


_ANSWERS = ("SYN-ACK", *_OPENINGS[1:])


def unanswerable(context: Context) -> Iterator[Stray]:
    """Which devices off the known ways refused the answer to this flow, though not for lack of a
    session?"""
    for stray in _refusers(context):
        answer = stray.reverse and stray.refusal.packet in _ANSWERS
        if answer and stray.refusal.shows_where and not stray.strange:
            yield stray


def _refusers(context: Context) -> Iterator[Stray]:
    """The first refusal of each device."""
    known = {*context.findings.forward.names, *context.findings.reverse.names}
    logs = [item for item in context.case.evidence if item.question is Question.LOGS]
    for device in dict.fromkeys(item.device for item in logs):
        if device in known:
            continue
        yield from islice(_refusals(context, device), 1)


def _refusals(context: Context, device: str) -> Iterator[Stray]:
    """What the device's log says that it refused of the flow, the requests first."""
    answers = [flow.reversed() for flow in context.flows]
    for reverse, flows in ((False, context.flows), (True, answers)):
        for one in refusals(context.case, device, flows):
            if not one.old:
                yield Stray(context, one, reverse)


def refused_by_its_log(
    cause: Cause, stray: Stray, reasons: Iterable[Reason], *, summary: str, would_settle: str
) -> Hypothesis:
    """The hypothesis that this device refuses the flow, as its own log says; nothing else shows how
    the flow comes there."""
    return Hypothesis(
        cause,
        guilty_node=stray.device,
        decided_by=stray.device,
        direction=stray.direction,
        reasons=tuple(reasons),
        refuted_by=f"{stray.packet} leaving {stray.device} again",
        would_settle=would_settle,
        summary=summary,
    )


def answer_reasons(stray: Stray) -> Iterator[Reason]:
    """For and against: a list without state refuses the answer, whose request it lets pass."""
    yield from denial_reasons(stray)
    asked = passed(stray.context.case, stray.device, stray.context.flows)
    if asked:
        yield Reason(STRONG, f"the log of {stray.device} says that it let the request pass", asked)
    else:
        yield Reason(
            -WEAK,
            f"a device that never saw the request refuses the answer as well: did {stray.device}"
            " see it?",
        )


def denial_reasons(stray: Stray) -> Iterator[Reason]:
    """For and against: this device denies the flow."""
    context, refusal = stray.context, stray.refusal
    yield from both_ends(context)
    by = f", and what refuses them is {refusal.refuser}" if refusal.refuser else ""
    text = f"{stray.device}: {refusal.words}{by}"
    yield Reason(_weight(stray), text, refusal.evidence, undated=stray.undated)
    passes = _let_pass(stray)
    if passes is not None:
        text = f"the rules that {stray.device} shows let a packet like this pass"
        yield Reason(-DIRECT, text, passes.evidence)
    elif refusal.explained:
        text = f"the rules that {stray.device} shows refuse what its log names"
        yield Reason(STRONG, text, refusal.evidence)
    yield from silence(context)


def _weight(stray: Stray) -> float:
    """The port of the client, where it is known, makes an undated line most likely one of this
    connection."""
    if not stray.undated:
        return DIRECT
    return _SAME_PORTS if stray.context.case.flow.sport is not None else STRONG


def _let_pass(stray: Stray) -> FilterResult | None:
    """What the rules in force do with the packet that the line names, where they surely let it
    pass."""
    refusal = stray.refusal
    line = refusal.lines[-1]
    if line.flow is None or not refusal.pasted:
        return None
    hop = Hop(stray.device, None, line.iif, line.oif, None, line.flow, line.flow)
    return let_pass(stray.context.case, hop, refusal, stray.reverse)


def stray_reasons(stray: Stray) -> Iterator[Reason]:
    """For and against: this is where the flow breaks for lack of a session."""
    context = stray.context
    yield from both_ends(context)
    text = f"{stray.device}'s log names {stray.packet} as fitting no session"
    weight = STRONG if stray.undated else DIRECT
    yield Reason(weight, text, stray.refusal.evidence, undated=stray.undated)
    yield from _vanishes(stray)
    yield from _begun_elsewhere(context, stray)
    text = f"how the packets come to {stray.device} is not known: it is on no known path"
    yield Reason(-WEAK, text)


def _vanishes(stray: Stray) -> Iterator[Reason]:
    """Does the packet leave one end, and never come to the other?"""
    context = stray.context
    sender, receiver = context.client, context.server
    if stray.reverse:
        sender, receiver = receiver, sender
    if not sender or not receiver:
        return
    sent, arrived = context.saw(sender, stray.reverse), context.saw(receiver, stray.reverse)
    if sent and arrived is False:
        text = f"{stray.packet} leaves {sender} and never reaches {receiver}"
        yield Reason(STRONG, text, ends_evidence(context))


def _begun_elsewhere(context: Context, stray: Stray) -> Iterator[Reason]:
    """Does another device hold the very session, and wait for the answer?"""
    if not stray.reverse:
        return
    tables = [item for item in context.case.evidence if item.question is Question.SESSIONS]
    for device in sorted({item.device for item in tables} - {stray.device}):
        found = context.held(device)
        if found.half_open:
            text = (
                f"{device} holds the session of the flow and waits for the answer that came to"
                f" {stray.device}"
            )
            yield Reason(STRONG, text, found.evidence)
            return
