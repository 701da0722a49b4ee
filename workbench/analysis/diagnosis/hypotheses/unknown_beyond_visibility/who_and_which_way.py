"""Who is named, and which direction, where the place of the loss is out of sight."""

from __future__ import annotations

from workbench.analysis.case.verdict import Direction
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.state.unreplied import unreplied
from workbench.analysis.diagnosis.facts.stops.capture_gaps import gap
from workbench.analysis.diagnosis.facts.stops.departed import dead_link
from workbench.analysis.diagnosis.facts.stops.visibility_limit import heard_beyond, visibility_limit
from workbench.analysis.diagnosis.hypotheses.unknown_beyond_visibility import (
    half_open_sockets,
    missed_by_captures,
)
from workbench.analysis.diagnosis.hypotheses.unknown_beyond_visibility.hidden_devices import (
    hidden_suspect,
    only_suspect,
)
from workbench.analysis.diagnosis.hypotheses.unknown_beyond_visibility.server_application import (
    application,
)


def suspected(context: Context) -> str | None:
    """Who is named is the one that the summary and the drop name; nobody where nothing was seen to
    fail."""
    silent, sent = application(context), unreplied(context)
    if gap(context) is not None or silent is not None:
        return silent.server if silent is not None else None
    if sent is not None:
        return sent.name
    drop, found = context.findings.drop, visibility_limit(context)
    if drop is not None and (not context.case.reached(drop.node) or dead_link(context)):
        return drop.node
    if found is None:
        return only_suspect(context)
    return None if heard_beyond(context, found) else hidden_suspect(context, found)


def direction(context: Context) -> Direction | None:
    """Which direction fails, as far as packets, sockets or attempts show?"""
    if gap(context) is not None:
        return missed_by_captures.direction(context)
    if application(context) is not None:
        return Direction.REVERSE
    return _of_a_drop(context) or _by_the_server(context)


def _of_a_drop(context: Context) -> Direction | None:
    seen = context.findings.drop or visibility_limit(context)
    if seen is None:
        return None
    return Direction.of(reverse=seen.reverse)


def _by_the_server(context: Context) -> Direction | None:
    """Did it get the packets? Where nobody watched it, its sockets tell."""
    got = context.saw(context.server, reverse=False) if context.server else None
    if context.server and context.saw(context.server, reverse=True):
        loss_shown = any(one.loss is not None for one in context.attempts)
        return _by_loss(context) if loss_shown else Direction.REVERSE
    if got is False:
        return Direction.FORWARD
    return half_open_sockets.direction(context) or _by_loss(context)


def _by_loss(context: Context) -> Direction | None:
    """What do the packets of a connection that fails show by themselves?"""
    ways = {one.loss.reverse for one in context.attempts if one.loss is not None}
    if len(ways) != 1:
        return None
    return {True: Direction.REVERSE, False: Direction.FORWARD, None: None}[ways.pop()]
