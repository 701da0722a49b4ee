"""The findings as one plain dict that can be stored as JSON and drawn again: page, figure, table and postmortem."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import Trace
from workbench.analysis.findings import Basis, Boundary, Fate, Findings, Hop, Path, Sighting
from workbench.analysis.verdict import Direction, Drop, Hypothesis, Verdict
from workbench.report.ladder import describe_ladder
from workbench.report.moves import describe_moves
from workbench.report.spread_picture import describe_spread

FATES = {
    Fate.DELIVERED: "",
    Fate.NO_ROUTE: "no route",
    Fate.BLACKHOLE: "blackhole route",
    Fate.LOOP: "routing loop",
    Fate.INVISIBLE: "cannot be followed further",
    Fate.UNRESOLVED: "not yet asked further",
    Fate.WRONG_HOST: "delivered to another host",
}


@dataclass(frozen=True, slots=True)
class HopView:
    """One row of one side of the picture."""

    key: str  # what the page asks evidence for: the device's name, else its address
    name: str
    address: str = ""
    managed: bool = True  # can be logged in to
    basis: str = Basis.PREDICTED.value
    boundary: str | None = None
    group: str | None = None
    reached: bool = True  # False = expected, but packets do not get here
    iif: str = ""
    oif: str = ""
    rtt_ms: float | None = None
    came_in: int | None = None  # packets that its capture saw; None = no capture
    went_out: int | None = None
    translation: str = ""
    decided: str = ""
    alternates: tuple[str, ...] = ()  # next hops of equal cost that this flow does not take
    drop: str | None = None  # in words, where the packet dies here
    suspect: bool = False  # the verdict blames it, but the drop itself was not seen
    end: bool = False  # the device that begins or ends this direction
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """One direction, in the order in which its packets travel."""

    flow: str
    hops: tuple[HopView, ...]
    fate: str = ""  # empty = delivered
    complete: bool = False
    ok: bool | None = None
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class End:
    """One end of the flow."""

    name: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Both directions of one flow, ready to be drawn."""

    flow: str
    client: End
    server: End
    forward: Side
    reverse: Side
    divergent: bool = False
    blame: tuple[str, ...] = field(default_factory=tuple)
    ladder: dict[str, Any] | None = None  # as describe_ladder tells it
    moves: list[dict[str, Any]] = field(default_factory=list)  # as describe_moves tells them
    spread: dict[str, Any] | None = None  # as describe_spread tells it


def describe(findings: Findings, verdict: Verdict | None = None) -> dict[str, Any]:
    """What is there to draw? A dict of plain JSON types; `path_figure` and the pages take it."""
    blame = verdict.best.hypothesis if verdict else None
    flow = findings.case.flow
    picture = Picture(
        flow=str(flow),
        client=_end(findings, flow, findings.forward),
        server=_end(findings, flow.reversed(), findings.reverse),
        forward=_side(findings, findings.forward, blame),
        reverse=_side(findings, findings.reverse, blame),
        divergent=findings.divergent,
        blame=tuple(n for n in (blame.guilty_node, blame.decided_by) if n) if blame else (),
        ladder=describe_ladder(findings) if verdict else None,
        moves=describe_moves(findings) if verdict else [],
        spread=describe_spread(findings) if verdict else None,
    )
    plain: dict[str, Any] = json.loads(json.dumps(asdict(picture)))
    return plain


def _end(findings: Findings, flow: Flow, path: Path) -> End:
    owner = findings.case.owner(flow.src)
    first = path.hops[0].device if path.hops else None
    name = (owner.name if owner else None) or first or ""
    port = "" if flow.sport is None else f":{flow.sport}"
    host = f"[{flow.src}]" if flow.version == 6 and port else str(flow.src)
    return End(name, host + port)


def _side(findings: Findings, path: Path, blame: Hypothesis | None) -> Side:
    drop = _first_drop(findings, path)
    lost_before = path.reverse and _first_drop(findings, findings.forward) is not None
    rtts = _round_trips(findings, path)
    hops: list[HopView] = []
    alive = not lost_before
    for position, hop in enumerate(path.hops):
        here = drop if drop and hop.device == drop.node and alive else None
        hops.append(_hop(findings, path, position, hop, here, alive, rtts, blame))
        alive = alive and here is None
    ok, outcome = _outcome(findings, path, drop, lost_before)
    return Side(str(path.flow), tuple(hops), FATES[path.fate], path.fate is Fate.DELIVERED, ok, outcome)


def _first_drop(findings: Findings, path: Path) -> Drop | None:
    found = {drop.node: drop for drop in reversed((*findings.drops,)) if drop.reverse == path.reverse}
    if findings.drop and findings.drop.reverse == path.reverse:
        return findings.drop
    return next((found[hop.device] for hop in path.hops if hop.device in found), None)


def _hop(
    findings: Findings,
    path: Path,
    position: int,
    hop: Hop,
    drop: Drop | None,
    alive: bool,
    rtts: dict[str, float],
    blame: Hypothesis | None,
) -> HopView:
    sighting = findings.sighting(hop.device, path.reverse) if hop.device else None
    device = findings.case.inventory.named(hop.device) if hop.device else None
    last = position == len(path.hops) - 1 and path.fate is Fate.DELIVERED
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
        came_in=len(sighting.came_in) if sighting else None,
        went_out=len(sighting.went_out) if sighting else None,
        translation=_translation(hop),
        decided=hop.decided,
        alternates=tuple(_branches(hop)),
        drop=_drop_words(drop) if drop else None,
        suspect=_suspected(hop, path, drop, findings, blame),
        end=(position == 0 and hop.boundary is None and _owns(findings, hop, path.flow)) or last,
        evidence=_evidence(hop, sighting, drop),
    )


def _drop_words(drop: Drop) -> str:
    return drop.where if drop.packet in drop.where else f"{drop.packet}: {drop.where}"


def _source(hop: Hop, position: int) -> str:
    return str(hop.flow_in.src) if position == 0 else ""


def _owns(findings: Findings, hop: Hop, flow: Flow) -> bool:
    owner = findings.case.owner(flow.src)
    return owner is None or owner.name == hop.device


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
    return [branch.device or str(branch.address or branch.interface) for branch in hop.branches if not branch.taken]


def _suspected(hop: Hop, path: Path, drop: Drop | None, findings: Findings, blame: Hypothesis | None) -> bool:
    if not blame or drop or not hop.device or hop.device != blame.guilty_node:
        return False
    if any(d.node == hop.device for d in (findings.drop, *findings.drops) if d):
        return False
    return blame.direction in (None, Direction.BOTH) or (blame.direction is Direction.REVERSE) == path.reverse


def _evidence(hop: Hop, sighting: Sighting | None, drop: Drop | None) -> tuple[str, ...]:
    ids = (*hop.evidence, *(sighting.evidence if sighting else ()), *(drop.evidence if drop else ()))
    return tuple(dict.fromkeys(ids))


def _round_trips(findings: Findings, path: Path) -> dict[str, float]:
    begin = path.hops[0].device if path.hops else None
    if begin is None:
        return {}
    found: dict[str, float] = {}
    for trace in findings.case.records(begin, Question.TRACE, Trace):
        for reply in trace.replies:
            if reply.address is not None and reply.rtts_ms:
                owner = findings.case.owner(reply.address)
                found.setdefault(owner.name if owner else str(reply.address), min(reply.rtts_ms))
    return found


def _outcome(findings: Findings, path: Path, drop: Drop | None, lost_before: bool) -> tuple[bool | None, str]:
    if drop:
        return False, f"{drop.packet} lost at {drop.node}"
    if lost_before:
        return None, "never begins"
    if path.fate in (Fate.NO_ROUTE, Fate.BLACKHOLE, Fate.LOOP, Fate.WRONG_HOST):
        return False, f"{FATES[path.fate]} at {path.hops[-1].name if path.hops else '?'}"
    if _arrives(findings, path):
        return True, "replies arrive" if path.reverse else "packets arrive"
    if findings.flow_works:
        return True, "works"
    return None, FATES[path.fate] or "as routing says, not yet seen"


def _arrives(findings: Findings, path: Path) -> bool:
    if path.fate is not Fate.DELIVERED or not path.hops or not path.hops[-1].device:
        return False
    seen = findings.sighting(path.hops[-1].device, path.reverse)
    return bool(seen and seen.came_in)


BOUNDARY_TAGS = {
    Boundary.FIREWALL.value: "FW",
    Boundary.NAT.value: "NAT",
    Boundary.LOAD_BALANCER.value: "LB",
    Boundary.IDS.value: "IDS",
}


def load(picture: dict[str, Any]) -> Picture:
    """The picture again from its stored dict; fields that this version does not know are left out."""
    return Picture(
        flow=picture["flow"],
        client=End(**picture["client"]),
        server=End(**picture["server"]),
        forward=_load_side(picture["forward"]),
        reverse=_load_side(picture["reverse"]),
        divergent=bool(picture.get("divergent")),
        blame=tuple(picture.get("blame") or ()),
        ladder=picture.get("ladder"),
        moves=list(picture.get("moves") or ()),
        spread=picture.get("spread"),
    )


def _load_side(side: dict[str, Any]) -> Side:
    hops = tuple(HopView(**_known(hop)) for hop in side["hops"])
    return Side(side["flow"], hops, side.get("fate", ""), bool(side.get("complete")), side.get("ok"), side["outcome"])


def _known(hop: dict[str, Any]) -> dict[str, Any]:
    names = HopView.__dataclass_fields__
    return {key: tuple(value) if isinstance(value, list) else value for key, value in hop.items() if key in names}
