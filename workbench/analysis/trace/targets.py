"""A translation with several targets: chance, a turn or a hash picks one for each connection. Each
is a branch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from collectors.model.flow import Flow
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Attempt, ConnState, Hop, Trace
from workbench.analysis.device.translation import Translation, might_become, session_of, shapes_seen
from workbench.analysis.trace.walk import walk

MOST = 8  # targets that are walked


@dataclass(frozen=True, slots=True)
class TargetShare:
    """What became of the attempts that one translation sent to each of its targets, as (worked,
    failed)."""

    hop: Hop
    counts: dict[Flow, tuple[int, int]]

    @property
    def failing(self) -> tuple[Flow, ...]:
        """The targets to which no attempt came through, where those to another did; () = targets do
        not decide."""
        all_failed = tuple(flow for flow, (worked, _) in self.counts.items() if not worked)
        decided = bool(all_failed) and bool(self.good)
        all_of_a_kind = len(all_failed) + len(self.good) == len(self.counts)
        return all_failed if decided and all_of_a_kind else ()

    @property
    def good(self) -> tuple[Flow, ...]:
        """The targets to which every attempt came through."""
        return tuple(flow for flow, (_, failed) in self.counts.items() if not failed)


def targets(case: Case, hop: Hop) -> tuple[Flow, ...]:
    """All that the device may turn the flow into; () = one thing, or nothing."""
    if hop.flow_in.dst == hop.flow_out.dst:
        return ()
    found = tuple(dict.fromkeys(might_become(case, hop)))
    return found[:MOST] if len(found) > 1 else ()


def other_targets(case: Case, forward: Trace) -> Iterator[Trace]:
    """The paths of the same flow to the targets that this connection was not sent to."""
    for hop in forward.hops:
        if hop.device is None:
            continue
        for flow in targets(case, hop):
            if _destination(flow) != _destination(hop.flow_out):
                yield walk(forward.flow, case, translated={hop.device: Translation(flow)})


def _destination(flow: Flow) -> tuple[object, int | None]:
    return flow.dst, flow.dport


def shares(case: Case, forward: Trace, attempts: Iterable[Attempt]) -> Iterator[TargetShare]:
    """For each translation with several targets: how did the attempts go that were sent to each?"""
    ended = [one for one in attempts if one.end is not ConnState.OPEN]
    for hop in forward.hops:
        counts = _counts(case, hop, ended)
        if counts:
            yield TargetShare(hop, counts)


def _counts(case: Case, hop: Hop, attempts: list[Attempt]) -> dict[Flow, tuple[int, int]]:
    """How many of them worked, and how many failed, by target."""
    known = targets(case, hop)
    found: dict[Flow, tuple[int, int]] = {}
    for attempt in attempts if known else ():
        target = _sent_to(case, hop, known, attempt.flow.sport)
        if target is not None:
            worked, failed = found.get(target, (0, 0))
            came_through = attempt.end is ConnState.WORKED
            found[target] = (worked + came_through, failed + (not came_through))
    return found


def _sent_to(case: Case, hop: Hop, known: tuple[Flow, ...], sport: int | None) -> Flow | None:
    """To which target was the connection from this port sent? By the device's session, else by
    captures behind it."""
    held = session_of(case, hop.device or "", hop.flow_in.translated(sport=sport))
    if held is not None:
        reply = held[0].reply
        answering = (reply.src, reply.sport)
        return next((one for one in known if _destination(one) == answering), None)
    seen = shapes_seen(case)
    return next((one for one in known if one.translated(sport=sport) in seen), None)
