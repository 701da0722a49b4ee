"""The findings as one plain dict that can be stored as JSON and drawn again: page, figure, table
and postmortem."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import Traceroute
from workbench.analysis.captures.observations import label
from workbench.analysis.case.drop import Drop, LastSeen
from workbench.analysis.case.findings import Disposition, Findings, Hop, Observation, Trace
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis, Verdict
from workbench.analysis.trace.underlay import Inside, stretches
from workbench.report.picture.counters import describe_moves
from workbench.report.picture.ladder import describe_ladder
from workbench.report.picture.model import BOUNDARY_TAGS, End, HopView, Picture, Side, load
from workbench.report.picture.spread import describe_spread

__all__ = ["BOUNDARY_TAGS", "End", "HopView", "Picture", "Side", "describe", "load"]

DISPOSITION_WORDS = {
    Disposition.DELIVERED: "",
    Disposition.NO_ROUTE: "no route",
    Disposition.BLACKHOLE: "blackhole route",
    Disposition.UNANSWERED: "no device answers on that link",
    Disposition.LOOP: "routing loop",
    Disposition.INVISIBLE: "cannot be followed further",
    Disposition.UNRESOLVED: "not yet asked further",
    Disposition.WRONG_HOST: "delivered to another host",
    Disposition.NOT_TAKEN: "the frame is for another machine",
}


def describe(findings: Findings, verdict: Verdict | None = None) -> dict[str, Any]:
    """What is there to draw? A dict of plain JSON types; `path_figure` and the pages take it."""
    blame = verdict.best.hypothesis if verdict else None
    decisive = _decisive(findings, verdict)
    flow = findings.case.flow
    picture = Picture(
        flow=str(flow),
        client=_client(findings),
        server=_server(findings),
        forward=_with_loss(
            _side(findings, findings.forward, decisive, blame), verdict, reverse=False
        ),
        reverse=_with_loss(
            _side(findings, findings.reverse, decisive, blame), verdict, reverse=True
        ),
        divergent=findings.divergent,
        blame=tuple(n for n in (blame.guilty_node, blame.decided_by) if n) if blame else (),
        ladder=describe_ladder(findings) if verdict else None,
        moves=describe_moves(findings) if verdict else [],
        spread=describe_spread(findings) if verdict else None,
    )
    plain: dict[str, Any] = json.loads(json.dumps(asdict(picture)))
    return plain


def _decisive(findings: Findings, verdict: Verdict | None) -> Drop | None:
    """The drop that the verdict names. Where packets are lost by chance it names no end of the
    way."""
    by_chance = verdict is not None and verdict.best.hypothesis.cause is Cause.PACKET_LOSS
    if verdict is None or verdict.drop is None or by_chance:
        return findings.drop
    return verdict.drop


def _with_loss(side: Side, verdict: Verdict | None, reverse: bool) -> Side:
    """Some packets are lost there and others pass: the way goes on, and is not well."""
    lost = verdict.drop if verdict and verdict.best.hypothesis.cause is Cause.PACKET_LOSS else None
    if lost is None or lost.reverse is not reverse:
        return side
    hops = tuple(
        replace(hop, loses=lost.box_words) if hop.name == lost.node else hop for hop in side.hops
    )
    return replace(
        side,
        hops=hops,
        ok=False,
        outcome=f"some are lost {'after' if lost.after else 'in'} {lost.node}",
    )


def _client(findings: Findings) -> End:
    flow, hops = findings.case.flow, findings.forward.hops
    owner = findings.case.owner(flow.src)
    name = (owner.name if owner else None) or (hops[0].device if hops else None) or ""
    return End(name, _point(flow.src, flow.sport))


def _server(findings: Findings) -> End:
    """Who the flow is really delivered to: beyond a load balancer that is another one than was
    asked for."""
    flow, path = findings.case.flow, findings.forward
    if _whole(findings, path):
        real = path.hops[-1].flow_out
        asked = (
            ""
            if (real.dst, real.dport) == (flow.dst, flow.dport)
            else f" (as {_point(flow.dst, flow.dport)})"
        )
        return End(path.hops[-1].device or "", _point(real.dst, real.dport) + asked)
    owner = findings.case.owner(flow.dst)
    return End(owner.name if owner else "", _point(flow.dst, flow.dport))


def _whole(findings: Findings, path: Trace) -> bool:
    """Does the path end where it should? Where only captures are known: where the other direction
    begins."""
    other = findings.trace(not path.reverse)
    meets = bool(path.hops[1:] and other.hops and path.hops[-1].device == other.hops[0].device)
    unseen = path.disposition in (Disposition.INVISIBLE, Disposition.UNRESOLVED)
    return bool(path.hops) and (path.disposition is Disposition.DELIVERED or (unseen and meets))


def _side(findings: Findings, path: Trace, decisive: Drop | None, blame: Hypothesis | None) -> Side:
    drop = _drawn_drop(findings, path, decisive)
    lost_before = path.reverse and _never_arrives(findings, decisive)
    rtts = _round_trips(findings, path)
    hops: list[HopView] = []
    alive = not lost_before
    for position, hop in enumerate(path.hops):
        here = _here(findings, path, hop, drop) if drop and alive else None
        hops.append(_hop(findings, path, position, hop, here, alive, rtts, blame))
        alive = alive and here is None
    ending = _ending(findings, path, drop, lost_before, blame)
    whole = _whole(findings, path)
    return Side(
        str(path.flow),
        tuple(hops),
        "" if whole else DISPOSITION_WORDS[path.disposition],
        whole,
        ending.ok,
        ending.words,
    )


def _inside(findings: Findings, path: Trace, hop: Hop) -> Inside | None:
    """The tunnel into which the packets go there."""
    ours = (one for one in stretches(findings) if one.reverse is path.reverse and one.hop is hop)
    return next(ours, None)


def _here(findings: Findings, path: Trace, hop: Hop, drop: Drop) -> Drop | None:
    """The drop, where it is lost at this device, or below the tunnel that it sends it into."""
    if hop.name == drop.node:
        return drop
    inside = _inside(findings, path, hop)
    if inside is None or path.hop(drop.node) is not None:
        return None
    below = inside.way.names if inside.way is not None else ()
    if drop.node not in (inside.name, *below):
        return None
    return replace(
        drop,
        where=f"left {hop.name} and never came out of {inside.interface}: it stops at {drop.node}",
        brief="",
        names_packet=False,
    )


DEAD_ENDS = (
    Disposition.NO_ROUTE,
    Disposition.BLACKHOLE,
    Disposition.UNANSWERED,
    Disposition.LOOP,
    Disposition.WRONG_HOST,
    Disposition.NOT_TAKEN,
)


def _never_arrives(findings: Findings, decisive: Drop | None) -> bool:
    """Does the forward direction end before the server, so that there is nothing to reply to?"""
    replied = decisive is not None and decisive.reverse
    if replied or _seen_to_reply(findings):
        return False
    forward = findings.forward
    dropped = _drawn_drop(findings, forward, decisive) is not None
    return dropped or forward.disposition in DEAD_ENDS


def _seen_to_reply(findings: Findings) -> bool:
    """Was a reply seen to leave the server, or anywhere where the server was not watched?

    A RST may come from a device on the way.
    """
    replies = [seen for seen in findings.observations if seen.reverse]
    server = findings.reverse.hops[0].device if findings.reverse.hops else None
    at_server = [seen for seen in replies if seen.device == server]
    return any(map(_shows_reply, at_server or replies))


def _shows_reply(seen: Observation) -> bool:
    return any(label(packet) != "RST" for packet in (*seen.came_in, *seen.went_out))


def _drawn_drop(findings: Findings, path: Trace, decisive: Drop | None) -> Drop | None:
    """The drop that is drawn on this path: the verdict's own, else the first along it."""
    if decisive is not None and decisive.reverse == path.reverse:
        return decisive
    found = {drop.node: drop for drop in reversed(findings.drops) if drop.reverse == path.reverse}
    return next((found[hop.name] for hop in path.hops if hop.name in found), None)


def _hop(
    findings: Findings,
    path: Trace,
    position: int,
    hop: Hop,
    drop: Drop | None,
    alive: bool,
    rtts: dict[str, float],
    blame: Hypothesis | None,
) -> HopView:
    observation = findings.observation(hop.device, path.reverse) if hop.device else None
    device = findings.case.inventory.named(hop.device) if hop.device else None
    last = position == len(path.hops) - 1 and _whole(findings, path)
    inside = _inside(findings, path, hop)
    return HopView(
        key=hop.name,
        name=hop.device or (str(hop.address) if hop.address else "not known"),
        address=str(hop.address) if hop.address else _source(hop, position),
        managed=hop.device is not None,
        basis=hop.basis.value,
        boundary=hop.boundary.value if hop.boundary else None,
        group=device.state_group if device else None,
        reached=alive,
        iif=hop.iif or "",
        oif=hop.oif or "",
        rtt_ms=rtts.get(hop.name),
        came_in=len(observation.came_in) if observation else None,
        went_out=len(observation.went_out) if observation else None,
        translation=_translation(hop),
        tunnel=inside.label if inside is not None else "",
        decided=hop.decided,
        alternates=tuple(_branches(hop)),
        drop=drop.box_words if drop else None,
        lost_after=drop is not None and drop.last_seen is LastSeen.LEAVING,
        suspect=_suspected(hop, path, drop, findings, blame),
        end=(position == 0 and hop.boundary is None and _owns(findings, hop, path.flow)) or last,
        evidence=_evidence(hop, observation, drop),
    )


def _source(hop: Hop, position: int) -> str:
    return str(hop.flow_in.src) if position == 0 else ""


def _owns(findings: Findings, hop: Hop, flow: Flow) -> bool:
    owner, other = findings.case.owner(flow.src), findings.case.owner(flow.dst)
    if owner is None:
        return other is None or other.name != hop.device
    return owner.name == hop.device


def _translation(hop: Hop) -> str:
    if hop.flow_in == hop.flow_out:
        return ""
    before, after = hop.flow_in, hop.flow_out
    changed = []
    if (before.src, before.sport) != (after.src, after.sport):
        changed.append(f"{_point(before.src, before.sport)} → {_point(after.src, after.sport)}")
    if (before.dst, before.dport) != (after.dst, after.dport):
        changed.append(f"{_point(before.dst, before.dport)} → {_point(after.dst, after.dport)}")
    return ", ".join(changed)


def _point(address: object, port: int | None) -> str:
    text = str(address)
    host = f"[{text}]" if ":" in text and port else text
    return host if port is None else f"{host}:{port}"


def _branches(hop: Hop) -> list[str]:
    if not any(branch.taken for branch in hop.branches):
        return []
    return [
        branch.device or str(branch.address or branch.interface)
        for branch in hop.branches
        if not branch.taken
    ]


def _suspected(
    hop: Hop, path: Trace, drop: Drop | None, findings: Findings, blame: Hypothesis | None
) -> bool:
    if not blame or drop or not hop.device or hop.device != blame.guilty_node:
        return False
    if any(d.node == hop.device for d in (findings.drop, *findings.drops) if d):
        return False
    blamed = findings.trace(blame.direction is Direction.REVERSE)
    elsewhere = blamed.hop(hop.device) is None  # what sends a direction wrong need not be on it
    return blame.direction in (None, Direction.BOTH) or elsewhere or blamed.reverse == path.reverse


def _evidence(hop: Hop, observation: Observation | None, drop: Drop | None) -> tuple[str, ...]:
    ids = (
        *hop.evidence,
        *(observation.evidence if observation else ()),
        *(drop.evidence if drop else ()),
    )
    return tuple(dict.fromkeys(ids))


def _round_trips(findings: Findings, path: Trace) -> dict[str, float]:
    begin = path.hops[0].device if path.hops else None
    if begin is None:
        return {}
    found: dict[str, float] = {}
    for trace in findings.case.records(begin, Question.TRACE, Traceroute):
        for reply in trace.replies:
            if reply.address is not None and reply.rtts_ms:
                owner = findings.case.owner(reply.address)
                found.setdefault(owner.name if owner else str(reply.address), min(reply.rtts_ms))
    return found


_ENDED = {
    LastSeen.COMING_IN: "lost at",
    LastSeen.LEAVING: "lost after",
    LastSeen.ARRIVED: "not answered by",
}


@dataclass(frozen=True, slots=True)
class _Ending:
    """Does the direction work, as far as is known (None = not known), and in words."""

    ok: bool | None
    words: str


def _ending(
    findings: Findings, path: Trace, drop: Drop | None, lost_before: bool, blame: Hypothesis | None
) -> _Ending:
    if drop:
        return _Ending(False, f"{drop.packet} {_ENDED[drop.last_seen]} {drop.node}")
    if lost_before:
        return _Ending(None, "never begins")
    if path.disposition in DEAD_ENDS:
        where = path.hops[-1].name if path.hops else "?"
        return _Ending(False, f"{DISPOSITION_WORDS[path.disposition]} at {where}")
    if _arrives(findings, path):
        return _arrival(findings, path, blame)
    if findings.flow_works:
        both = _both_ends_known(findings)
        return _Ending(True, "works") if both else _Ending(None, "no failure was seen")
    stops = "" if _whole(findings, path) else DISPOSITION_WORDS[path.disposition]
    return _Ending(None, stops or "as routing says, not yet seen")


def _arrival(findings: Findings, path: Trace, blame: Hypothesis | None) -> _Ending:
    """Packets arrive; what fails may be of this direction all the same."""
    what = "replies arrive" if path.reverse else "packets arrive"
    own = Direction.of(reverse=path.reverse)
    blamed = blame is not None and blame.direction is own
    if blamed and findings.flow_works is False:
        return _Ending(False, f"{what}, yet the flow fails")
    return _Ending(True, what)


def _both_ends_known(findings: Findings) -> bool:
    """Could both ends be asked, or watched?"""
    ends = (
        findings.case.owner(findings.forward.flow.src),
        findings.case.owner(findings.reverse.flow.src),
    )
    return all(end is not None and findings.case.reached(end.name) for end in ends)


def _arrives(findings: Findings, path: Trace) -> bool:
    if not _whole(findings, path) or not path.hops[-1].device:
        return False
    seen = findings.observation(path.hops[-1].device, path.reverse)
    return bool(seen and seen.came_in)
