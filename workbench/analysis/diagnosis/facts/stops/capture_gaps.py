"""Nothing but captures: between which two points is the packet lost? Who stands there, captures
cannot tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.flow import Flow
from workbench.analysis.captures.capture_filters import leaves_out
from workbench.analysis.captures.flow_counts import captured
from workbench.analysis.captures.observations import label
from workbench.analysis.captures.order_of_points import only_captures
from workbench.analysis.case.findings import Observation, Trace
from workbench.analysis.case.wording import listed
from workbench.analysis.diagnosis.context import Context


@dataclass(frozen=True, slots=True)
class CaptureGap:
    """Where the packet was last seen, and where it should have come next."""

    text: str
    settle: str
    reverse: bool | None  # None = nothing of the flow was seen at all
    evidence: tuple[str, ...]


def gap(context: Context) -> CaptureGap | None:
    """Where the captures of a flow that fails end; None where devices showed more than captures, or
    it does not fail."""
    if not only_captures(context.case) or context.findings.flow_works:
        return None
    lost = next((drop for drop in context.drops() if drop.after is not None), None)
    if lost is not None:
        places = f"{lost.node} and {lost.after}"
        text = (
            f"the {lost.packet} passes {lost.node} and never comes to {lost.after}: it is lost"
            " between these two points"
        )
        return CaptureGap(
            text,
            f"a capture, or the answers, of what stands between {places}",
            lost.reverse,
            lost.evidence,
        )
    return _from_one_point(context) or _silent(context)


def _from_one_point(context: Context) -> CaptureGap | None:
    """What the packets of a failing connection themselves tell, seen from one point."""
    failed = next((one for one in context.attempts if one.loss is not None), None)
    if failed is None or failed.loss is None:
        return None
    lost = failed.loss
    kept = next(
        (one for one in context.drops() if one.node == failed.place and one.after is None), None
    )
    if kept is not None:
        text = f"{lost.text}: {kept.node} takes them in and does not send them on"
        settle = (
            f"the state table and the filter of {kept.node} before and after an attempt: which"
            " counter rises?"
        )
        return CaptureGap(text, settle, kept.reverse, (*failed.evidence, *kept.evidence))
    ways = {None: "on the way out or back", False: "on the way out", True: "on the way back"}
    where = f"{ways[lost.reverse]} {'before' if lost.before else 'beyond'} {failed.place}"
    settle = "a capture of the same time at the other end of the flow"
    who = "they, or the answers to them," if lost.reverse is None else "they"
    return CaptureGap(f"{lost.text}: {who} are lost {where}", settle, lost.reverse, failed.evidence)


def parted(context: Context) -> str | None:
    """Do the captures show that the two directions pass different points? Then state is the first
    suspicion."""
    there, home = _seen_at(context, reverse=False), _seen_at(context, reverse=True)
    ends = {names[0] for names in (there, home) if names}
    out = [name for name in there if name not in home and name not in ends]
    back = [name for name in home if name not in there and name not in ends]
    if not out or not back:
        return None
    return (
        f"requests pass {listed(out)} and answers pass {listed(back)}: if what stands there keeps"
        " state, it knows one direction only"
    )


def _seen_at(context: Context, *, reverse: bool) -> list[str]:
    """The devices of that direction that saw it."""
    found = []
    for hop in context.findings.trace(reverse).hops:
        if hop.device and context.saw(hop.device, reverse):
            found.append(hop.device)
    return found


def _silent(context: Context) -> CaptureGap | None:
    """Every point that the request should pass saw it, and none saw an answer."""
    reached = _last(context, context.findings.forward)
    answered = _last(context, context.findings.reverse)
    if reached is None and answered is None:
        return _absent(context)
    if reached is None or answered is not None:
        return None
    if _one_sided(context, reached.device):
        return None  # an answer would not have been shown
    packet = label((reached.came_in or reached.went_out)[0])
    text = (
        f"the {packet} gets as far as {reached.device}, and no point saw an answer: it is lost"
        " after that point, or not answered"
    )
    return CaptureGap(
        text,
        f"a capture at the server, or anything beyond {reached.device}",
        False,
        reached.evidence,
    )


def _one_sided(context: Context, device: str) -> bool:
    """Does the filter that was typed there leave out one of the directions?"""
    flow = context.findings.forward.flow
    return any(leaves_out(context.case, device, one) for one in (flow, flow.reversed()))


def _absent(context: Context) -> CaptureGap:
    """No capture holds the flow; another one to the same service may be it, behind a
    translation."""
    others = {flow: ids for _, ids, flow in _alike(context)}
    text = "none of the captures holds a packet of exactly this flow"
    if others:
        text += f"; {listed([str(flow) for flow in others][:3])} may be it, behind a translation"
    evidence = tuple(dict.fromkeys(others.values()))
    return CaptureGap(
        text,
        "a capture at the client, or the addresses that the flow has behind a translation",
        None,
        evidence,
    )


def _alike(context: Context) -> Iterator[tuple[str, str, Flow]]:
    """Other flows to the same service, by any source."""
    own = context.case.flow
    service = (own.protocol, own.dst, own.dport)
    for device, item, packet, _ in captured(context.case):
        flow = packet.flow
        if flow is not None and (flow.protocol, flow.dst, flow.dport) == service:
            yield device, item.id, flow


def _last(context: Context, path: Trace) -> Observation | None:
    """The last point of that direction that saw it."""
    for hop in reversed(path.hops):
        point = context.observation(hop.device, path.reverse) if hop.device else None
        if point is not None and (point.came_in or point.went_out):
            return point
    return None
