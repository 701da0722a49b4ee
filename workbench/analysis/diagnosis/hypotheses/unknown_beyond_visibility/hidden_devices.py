"""Devices that cannot be asked or watched: packets go in, and nobody tells what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.analysis.case.findings import Disposition
from workbench.analysis.case.verdict import Reason
from workbench.analysis.case.wording import listed
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.reasons import DIRECT, STRONG, WEAK
from workbench.analysis.diagnosis.facts.stops.capture_gaps import gap
from workbench.analysis.diagnosis.facts.stops.visibility_limit import (
    VisibilityLimit,
    heard_beyond,
    visibility_limit,
)
from workbench.analysis.diagnosis.hypotheses.unknown_beyond_visibility import failed_attempts, logs
from workbench.analysis.evidence.likeliest_keeper import likeliest_keeper

LATE = "the service is slow, or later packets are lost where no device can be asked"
_OPEN = frozenset({Disposition.INVISIBLE, Disposition.UNRESOLVED})


def blind_spots(context: Context) -> tuple[str, ...]:
    """Which places on either way cannot be asked?"""
    paths = (context.findings.forward, context.findings.reverse)
    ends = tuple(
        f"what lies beyond {p.hops[-1].name}" for p in paths if p.disposition in _OPEN and p.hops
    )
    return tuple(dict.fromkeys((*context.unreached, *ends)))


def reasons(context: Context) -> Iterator[Reason]:
    """Packets that vanish beyond a device, and who cannot be asked."""
    found = visibility_limit(context)
    if found is not None:
        beyond = f"; {found.missed} behind it never gets it" if found.missed else ""
        text = f"{found.last} sends the packet on to {listed(found.hidden)}{beyond}"
        yield Reason(_weight(context, found), text, found.evidence)
    blind = blind_spots(context)
    if blind and gap(context) is None:
        yield Reason(WEAK, f"{listed(blind)} cannot be asked")


def _weight(context: Context, found: VisibilityLimit) -> float:
    if all(name in context.unreached for name in found.hidden):
        weight = DIRECT if found.missed else STRONG
    else:
        weight = WEAK if found.missed else 0.0
    return min(weight, WEAK) if heard_beyond(context, found) else weight


def hidden_suspect(context: Context, found: VisibilityLimit) -> str:
    """Which of the hidden devices is the likeliest to stop packets?"""
    path = context.findings.trace(found.reverse)
    return likeliest_keeper(
        context.case, path, [hop for hop in path.hops if hop.name in found.hidden]
    ).name


def only_suspect(context: Context) -> str | None:
    """The one device of the whole way that cannot be asked, where packets are known to be lost."""
    blind = blind_spots(context)
    alone = len(blind) == 1 and blind[0] in context.unreached
    failing = context.findings.drop is None and context.findings.flow_works is False
    return blind[0] if alone and failing and not failed_attempts.refused(context) else None


def summary_beyond(context: Context) -> str | None:
    """Where do packets go that are not seen again?"""
    found = visibility_limit(context)
    if found is None:
        return None
    place = f"{listed(found.hidden)}, which cannot be watched"
    if not heard_beyond(context, found):
        return f"{found.last} sends the packets on to {place}, and there they vanish"
    target = context.findings.trace(found.reverse).flow.dst
    return (
        f"{found.last} sends the packets on to {place}, and no answer comes; {target}"
        f" answers pings, so a filter on the way or at {target} itself may stop them:"
        " which, cannot be known from here"
    )


def summary(context: Context) -> str | None:
    """What can be said, where somebody cannot be asked?"""
    blind = listed(blind_spots(context))
    if not blind:
        return None
    if context.findings.flow_works is None and context.findings.drop is None:
        nothing = "nothing that was seen shows whether the flow works"
        return logs.summary(context, nothing) or f"{nothing}: {blind} cannot be asked"
    if failed_attempts.refused(context):
        return (
            f"the connection is refused at once, and nothing here shows why: {blind} cannot be"
            " asked"
        )
    if failed_attempts.only_late(context):
        return f"connections are made and what they ask is not answered in time: {LATE} ({blind})"
    shown = next((f"{one.loss.text}; " for one in context.attempts if one.loss is not None), "")
    return f"{shown}the packets are lost where no device can be asked: {blind}"
