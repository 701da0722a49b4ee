"""Where is a packet last seen, and where is it missed, with places between that cannot be asked?"""

from __future__ import annotations

from dataclasses import dataclass, replace

from collectors.model.evidence import Question
from collectors.model.flow import Address
from collectors.model.records import ProbeResult, Traceroute
from workbench.analysis.captures.capture_filters import leaves_out
from workbench.analysis.case.drop import Drop
from workbench.analysis.case.findings import Findings
from workbench.analysis.case.packet_kinds import PacketKind
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.handshake import HandshakeStep


@dataclass(frozen=True, slots=True)
class VisibilityLimit:
    """Sent by `last`, never seen by `missed`; `hidden` lie between. missed None = nobody beyond
    watched."""

    last: str
    hidden: tuple[str, ...]
    missed: str | None
    reverse: bool
    evidence: tuple[str, ...] = ()


def visibility_limit(context: Context) -> VisibilityLimit | None:
    """Behind which visible device do packets vanish into places that cannot be asked?"""
    return _of(context, False) or _of(context, True)


def _of(context: Context, reverse: bool) -> VisibilityLimit | None:
    names = context.findings.trace(reverse).names
    sent = [
        i
        for i, name in enumerate(names)
        if (s := context.observation(name, reverse)) is not None and s.went_out
    ]
    if not sent:
        return None
    last = sent[-1]
    watched = (
        i for i in range(last + 1, len(names)) if context.observation(names[i], reverse) is not None
    )
    missed = next(watched, None)
    if missed is not None and context.saw(names[missed], reverse):
        return None
    hidden = tuple(
        n
        for n in names[last + 1 : missed]
        if n in context.unreached or context.observation(n, reverse) is None
    )
    if not hidden or (missed is None and not _unanswered(context, names[last], reverse)):
        return None
    there = context.observation(names[last], reverse)
    return VisibilityLimit(
        names[last],
        hidden,
        names[missed] if missed is not None else None,
        reverse,
        there.evidence if there else (),
    )


def _unanswered(context: Context, device: str, reverse: bool) -> bool:
    """Would an answer have been seen there, and none came? Who answers was asked: its client says
    what it lacks."""
    if reverse and not _answers_lost(context):
        return False
    answer = context.flow if reverse else context.flow.reversed()
    if leaves_out(context.case, device, answer):
        return False
    back = context.observation(device, not reverse)
    return back is None or not back.came_in


def _answers_lost(context: Context) -> bool:
    """Did a connection fail because answers did not come?"""
    losses = [one.loss for one in context.attempts if one.loss is not None]
    return any(loss.reverse for loss in losses)


def heard_beyond(context: Context, found: VisibilityLimit) -> bool:
    """Does the other end answer pings or traces, where nobody watched beyond? Then the way carries
    at least those."""
    path = context.findings.trace(found.reverse)
    if found.missed is not None or not path.hops:
        return False
    target = path.hops[-1].flow_out.dst
    for device in context.case.inventory.devices:
        if _heard(context, device.name, target):
            return device.name == found.last
    return False


def _heard(context: Context, device: str, target: Address) -> bool:
    """Did a ping or a trace of this device reach that address?"""
    for ping, _ in context.case.all_records(device, Question.PING, ProbeResult):
        if ping.ok and ping.target == target:
            return True
    for trace, _ in context.case.all_records(device, Question.TRACE, Traceroute):
        if any(reply.reached and reply.address == target for reply in trace.replies):
            return True
    return False


def bracketed(context: Context) -> Drop | None:
    """A drop that no capture saw, but that can be in one device only: its neighbours on the way
    both watched."""
    found = visibility_limit(context)
    if found is None or found.missed is None or len(found.hidden) != 1:
        return None
    if not context.case.reached(found.hidden[0]) or context.drops(found.reverse):
        return None
    step = HandshakeStep.ANSWER if found.reverse else HandshakeStep.OPENING
    where = f"{found.last} sent it there, and {found.missed} never got it"
    return Drop(
        found.hidden[0],
        None,
        PacketKind(step.word(context.flow.protocol)),
        where,
        found.reverse,
        found.evidence,
        names_packet=False,
    )


def context_of(findings: Findings) -> Context:
    """The context of these findings, made once; a drop between two captures counts as located."""
    kept: Context | None = vars(findings).get("_scene")
    if kept is None:
        kept = _with_bracket(Context(findings))
        vars(findings)["_scene"] = kept
    return kept


def _with_bracket(context: Context) -> Context:
    drop = bracketed(context)
    if drop is None:
        return context
    known = context.findings
    return Context(replace(known, drop=known.drop or drop, drops=(*known.drops, drop)))
