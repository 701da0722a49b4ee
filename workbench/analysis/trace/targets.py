"""A translation with several targets: chance, a turn or a hash picks one for each connection. Each
is a branch."""

from __future__ import annotations

from collections import Counter
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
        bad = [flow for flow, (worked, failed) in self.counts.items() if failed and not worked]
        good = [flow for flow, (worked, failed) in self.counts.items() if worked and not failed]
        return tuple(bad) if bad and good and len(bad) + len(good) == len(self.counts) else ()

    @property
    def good(self) -> tuple[Flow, ...]:
        """The targets to which every attempt came through."""
        return tuple(flow for flow, (_, failed) in self.counts.items() if not failed)


def targets(case: Case, hop: Hop) -> tuple[Flow, ...]:
    """All that the device may turn the flow into; () = one thing, or nothing."""
    found = (
        tuple(dict.fromkeys(might_become(case, hop))) if hop.flow_in.dst != hop.flow_out.dst else ()
    )
    return found[:MOST] if len(found) > 1 else ()


def other_targets(case: Case, forward: Trace) -> Iterator[Trace]:
    """The ways of the same flow to the targets that this connection was not sent to."""
    for hop in forward.hops:
        for flow in targets(case, hop):
            if hop.device is not None and (flow.dst, flow.dport) != (
                hop.flow_out.dst,
                hop.flow_out.dport,
            ):
                yield walk(forward.flow, case, turned={hop.device: Translation(flow)})


def shares(case: Case, forward: Trace, attempts: Iterable[Attempt]) -> Iterator[TargetShare]:
    """For each translation with several targets: how did the attempts go that were sent to each?"""
    ended = [one for one in attempts if one.end is not ConnState.OPEN]
    for hop in forward.hops:
        known = targets(case, hop)
        sent = [
            (_sent_to(case, hop, known, one.flow.sport), one.end is ConnState.WORKED)
            for one in ended
        ]
        counts = Counter((flow, worked) for flow, worked in sent if flow is not None)
        if counts:
            yield TargetShare(
                hop, {flow: (counts[flow, True], counts[flow, False]) for flow, _ in counts}
            )


def _sent_to(case: Case, hop: Hop, known: tuple[Flow, ...], sport: int | None) -> Flow | None:
    """To which target was the connection from this port sent? By the device's session, else by
    captures behind it."""
    held = (
        session_of(case, hop.device or "", hop.flow_in.translated(sport=sport)) if known else None
    )
    if held is not None:
        reply = held[0].reply
        return next(
            (one for one in known if (one.dst, one.dport) == (reply.src, reply.sport)), None
        )
    return next((one for one in known if one.translated(sport=sport) in shapes_seen(case)), None)
