"""Which devices keep state about the flow, which directions does each see, and do they share it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from collectors.model.evidence import Evidence, Question, Status
from collectors.model.flow import Flow
from collectors.model.inventory import Role
from collectors.model.records import Socket
from collectors.model.settings import ReversePathMode
from workbench.analysis.case.findings import Boundary, Disposition, Hop, Observation
from workbench.analysis.case.state_boundary import Holds, Sharing, Sight, StateBoundary, StateKept
from workbench.analysis.case.verdict import Hypothesis, Outcome
from workbench.analysis.device.reverse_path import reverse_path_check
from workbench.analysis.diagnosis.context import Context

_KEPT = {
    Boundary.FIREWALL: StateKept.SESSIONS,
    Boundary.NAT: StateKept.NAT,
    Boundary.LOAD_BALANCER: StateKept.LOAD_BALANCER,
    Boundary.IDS: StateKept.IDS,
}
_BY_ROLE = {
    Role.NAT: StateKept.NAT,
    Role.LOAD_BALANCER: StateKept.LOAD_BALANCER,
    Role.IDS: StateKept.IDS,
}
_UNUSABLE = {
    Status.NOT_ASKED: Holds.NOT_ASKED,
    Status.NO_ANSWER: Holds.NO_ANSWER,
    Status.REFUSED: Holds.REFUSED,
    Status.UNPARSED: Holds.UNREAD,
}
_CLOSED = ("LISTEN", "UNCONN", "CLOSE", "CLOSED")


def boundary_table(context: Context) -> tuple[StateBoundary, ...]:
    """Every device that keeps state about the flow, in the order of the paths; then the members of
    their state groups that neither direction passes."""
    found = [row for name in _on_the_paths(context) if (row := _row(context, name))]
    partners = _partners(context, found)
    return tuple(_with_sharing(context, row) for row in (*found, *partners))


def accused(
    rows: tuple[StateBoundary, ...], outcome: Outcome, blamed: tuple[Hypothesis, ...]
) -> tuple[StateBoundary, ...]:
    """The same rows, those marked that a verdict blames."""
    if outcome is Outcome.HEALTHY:
        return rows
    guilty = {one.guilty_node for one in blamed}
    return tuple(replace(row, suspect=row.device in guilty) for row in rows)


def _on_the_paths(context: Context) -> tuple[str, ...]:
    """The devices of both directions, the client first."""
    findings = context.findings
    hops = (*findings.forward.hops, *reversed(findings.reverse.hops))
    names = [hop.device for hop in hops if hop.device]
    client, server = context.client, context.server
    first = [client] if client in names else []
    last = [server] if server in names else []
    between = [name for name in names if name not in (client, server)]
    return tuple(name for name in dict.fromkeys([*first, *between, *last]) if name)


def _row(context: Context, device: str) -> StateBoundary | None:
    """What the device keeps; None = nothing that is known."""
    keeps = tuple(dict.fromkeys(_keeps(context, device)))
    if not keeps:
        return None
    checks_only = keeps == (StateKept.REVERSE_PATH,)
    holds, evidence = (Holds.NOTHING, ()) if checks_only else _holds(context, device, keeps)
    request, reply = (_sight(context, device, reverse) for reverse in (False, True))
    proof = (*evidence, *_hop_evidence(context, device), *_seen_evidence(context, device))
    return StateBoundary(
        device,
        keeps,
        _by_table(request, holds in (Holds.BOTH, Holds.REQUEST)),
        _by_table(reply, holds is Holds.BOTH),
        holds,
        _group(context, device),
        evidence=tuple(dict.fromkeys(proof)),
    )


def _keeps(context: Context, device: str) -> Iterator[StateKept]:
    if device in context.ends:
        yield StateKept.SOCKET
    hops = tuple(_hops(context, device))
    for hop, _ in hops:
        if hop.boundary is not None:
            yield _KEPT[hop.boundary]
    passive = device not in context.ends and all(hop.boundary is None for hop, _ in hops)
    if passive and context.held(device).sessions:
        yield StateKept.TRACKING
    if any(_checks(context, hop) for hop, _ in hops):
        yield StateKept.REVERSE_PATH


def _hops(context: Context, device: str) -> Iterator[tuple[Hop, bool]]:
    for reverse in (False, True):
        hop = context.hop(device, reverse)
        if hop is not None:
            yield hop, reverse


def _checks(context: Context, hop: Hop) -> bool:
    """Does a strict reverse-path check look at the packets where they come in?"""
    found = reverse_path_check(
        context.case, hop.device or "", hop.flow_in, hop.iif, hop.oif, hop.mark
    )
    return found.mode is ReversePathMode.STRICT


def _hop_evidence(context: Context, device: str) -> Iterator[str]:
    for hop, _ in _hops(context, device):
        yield from hop.evidence


def _seen_evidence(context: Context, device: str) -> Iterator[str]:
    for reverse in (False, True):
        point = context.observation(device, reverse)
        if point is not None:
            yield from point.evidence


# --- which directions does it see? ---


def _sight(context: Context, device: str, reverse: bool) -> Sight:
    point = context.observation(device, reverse)
    if point is not None and (point.came_in or point.went_out):
        return Sight.SEEN
    if context.hop(device, reverse) is not None:
        return Sight.MISSED if _watched_in_vain(context, point) else Sight.ROUTED
    return Sight.BYPASSED if _known_throughout(context, reverse) else Sight.UNKNOWN


def _watched_in_vain(context: Context, point: Observation | None) -> bool:
    """Did a capture that is whole see none, while the flow was tried?"""
    if point is None or not context.findings.attempts_seen:
        return False
    return context.case.asked(point.device, Question.CAPTURE)


def _known_throughout(context: Context, reverse: bool) -> bool:
    """Is every device of that direction known, to its end?"""
    path = context.findings.trace(reverse)
    known = all(hop.device and not context.case.silent(hop.device) for hop in path.hops)
    return known and path.disposition is Disposition.DELIVERED and not path.partly_unknown


def _by_table(sight: Sight, held: bool) -> Sight:
    """What its own table shows to have passed, passed; what others may have told it did not."""
    return Sight.SEEN if held and sight in (Sight.ROUTED, Sight.MISSED) else sight


# --- does it hold the session? ---


def _holds(
    context: Context, device: str, keeps: tuple[StateKept, ...]
) -> tuple[Holds, tuple[str, ...]]:
    """What its table, or at the ends its socket, holds of the flow."""
    if StateKept.SOCKET in keeps:
        return _socket(context, device)
    held = context.held(device)
    if held.sessions:
        return (Holds.BOTH if held.answered else Holds.REQUEST), held.evidence
    if held.asked:
        return Holds.NONE, held.evidence
    return _why_not_known(context, device, Question.SESSIONS)


def _why_not_known(
    context: Context, device: str, question: Question
) -> tuple[Holds, tuple[str, ...]]:
    items = context.case.answers(device, question)
    if not items:
        return Holds.NOT_ASKED, ()
    newest = items[-1]
    return _UNUSABLE.get(newest.status, Holds.UNREAD), (newest.id,)


def _socket(context: Context, device: str) -> tuple[Holds, tuple[str, ...]]:
    found = [pair for item in _socket_answers(context, device) for pair in _own(context, item)]
    if found:
        sockets = [socket for socket, _ in found]
        return _of_sockets(sockets), tuple(dict.fromkeys(number for _, number in found))
    if context.case.asked(device, Question.SOCKETS):
        return Holds.NONE, context.evidence(device, Question.SOCKETS)
    return _why_not_known(context, device, Question.SOCKETS)


def _of_sockets(sockets: list[Socket]) -> Holds:
    """An established one has seen both directions; one that still opens only its own."""
    established = any(socket.established for socket in sockets)
    opening = any(socket.state.upper().startswith("SYN") for socket in sockets)
    return Holds.REQUEST if opening and not established else Holds.BOTH


def _socket_answers(context: Context, device: str) -> tuple[Evidence, ...]:
    return context.case.usable(device, Question.SOCKETS)


def _own(context: Context, item: Evidence) -> Iterator[tuple[Socket, str]]:
    """The sockets of the flow itself, from whichever of its ends they are."""
    for socket in item.of(Socket):
        if socket.remote is None or socket.state.upper() in _CLOSED:
            continue
        if any(_is_of(socket, flow) for flow in context.flows):
            yield socket, item.id


def _is_of(socket: Socket, flow: Flow) -> bool:
    if socket.protocol is not flow.protocol:
        return False
    here, there = (socket.local, socket.local_port), (socket.remote, socket.remote_port)
    at_client = _fits(here, flow.src, flow.sport) and _fits(there, flow.dst, flow.dport)
    at_server = _fits(there, flow.src, flow.sport) and _fits(here, flow.dst, flow.dport)
    return at_client or at_server


def _fits(point: tuple[object, int | None], address: object, port: int | None) -> bool:
    return point[0] == address and port in (None, point[1])


# --- is it shared? ---


def _group(context: Context, device: str) -> str:
    known = context.case.inventory.named(device)
    return (known.state_group if known else None) or ""


def _partners(context: Context, rows: list[StateBoundary]) -> list[StateBoundary]:
    """The other members of the groups, which neither direction passes."""
    there = {row.device for row in rows}
    members = (name for row in rows for name in context.partners(row.device))
    return [_partner(context, name) for name in dict.fromkeys(members) if name not in there]


def _partner(context: Context, device: str) -> StateBoundary:
    role = context.role(device)
    kept = _BY_ROLE.get(role, StateKept.SESSIONS) if role else StateKept.SESSIONS
    holds, evidence = _holds(context, device, (kept,))
    request, reply = (_sight(context, device, reverse) for reverse in (False, True))
    group = _group(context, device)
    return StateBoundary(device, (kept,), request, reply, holds, group, evidence=evidence)


def _with_sharing(context: Context, row: StateBoundary) -> StateBoundary:
    if not row.group:
        return row
    members = (row.device, *context.partners(row.device))
    return replace(row, sharing=_sharing(context, members))


def _sharing(context: Context, members: tuple[str, ...]) -> Sharing:
    """Does this very session show on a member that it does not pass?"""
    holding = [name for name in members if context.held(name).sessions]
    if len(holding) > 1 and _from_the_start(context):
        told = any(_by_others_only(context, name) for name in holding)
        return Sharing.PROVED if told else Sharing.UNKNOWN
    lacking = [name for name in members if context.held(name).none]
    return Sharing.REFUTED if holding and lacking else Sharing.UNKNOWN


def _from_the_start(context: Context) -> bool:
    """Were the connections watched from their first packet? What is older may have passed a device
    before its route changed."""
    return bool(context.attempts) and all(one.fresh for one in context.attempts)


def _by_others_only(context: Context, device: str) -> bool:
    """Does it hold the session, though no packet of the requests passes it?"""
    seen = _sight(context, device, reverse=False)
    return seen in (Sight.BYPASSED, Sight.MISSED)
