"""Fixes where something is used up, and where a device remembers what is no longer so."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.remedy.filters import RaiseConnectionLimit
from collectors.model.remedy.routes import SetTunnelEnd
from collectors.model.remedy.sessions import ForgetNeighbour, RaiseSessionLimit, WidenPortRange
from workbench.analysis.case.verdict import Fix, FixClass
from workbench.analysis.case.wording import filter_words
from workbench.analysis.device.tunnel_far_ends import Misplaced
from workbench.analysis.diagnosis.facts.neighbours.wrong_entries import WrongEntry
from workbench.analysis.diagnosis.facts.stops.drop_points import DropPoint
from workbench.analysis.diagnosis.facts.stops.explanations import DropExplanation, DropReason


def raise_limit(point: DropPoint, explanation: DropExplanation) -> Iterator[Fix]:
    """Give more room, or free what fills it."""
    made = {DropReason.FULL: _more_room, DropReason.PORTS: _more_ports}.get(
        explanation.kind, _more_connections
    )
    yield made(point, explanation)


def _more_room(point: DropPoint, explanation: DropExplanation) -> Fix:
    return Fix.of(
        FixClass.RAISE_LIMIT,
        RaiseSessionLimit(point.device, point.packet),
        side_effects="sessions take memory; whatever fills the table keeps filling it",
        temporary=True,
        proof=f"the table has room on {point.device}, and the {point.packet} leaves it",
    )


def _more_ports(point: DropPoint, explanation: DropExplanation) -> Fix:
    return Fix.of(
        FixClass.RAISE_LIMIT,
        WidenPortRange(point.device, point.context.flow, point.packet, explanation.rule),
        side_effects="existing sessions keep the ports that they have",
        proof=f"{point.device} finds a port for each new session, and the {point.packet} leaves it",
    )


def _more_connections(point: DropPoint, explanation: DropExplanation) -> Fix:
    return Fix.of(
        FixClass.RAISE_LIMIT,
        RaiseConnectionLimit(
            point.device, point.context.flow, explanation.rule, _limit_words(explanation)
        ),
        side_effects=(
            "the limit may protect the service: ask who set it, and what the service can take"
        ),
        proof=(
            f"the counter of that rule stands still on {point.device}, and the {point.packet} goes on"
        ),
    )


def _limit_words(explanation: DropExplanation) -> str:
    if explanation.rule is not None:
        return filter_words(explanation.rule.text)
    return explanation.why


def clear_neighbour(entry: WrongEntry) -> Iterator[Fix]:
    """Correct the entry, or delete it so that it is asked for anew."""
    if entry.far is not None:
        yield _right_end(entry.far)
        return
    holder = entry.right[0] if entry.right else "the MAC of who holds the address"
    hop = entry.hop
    yield Fix.of(
        FixClass.CLEAR_NEIGHBOUR,
        ForgetNeighbour(hop.device, entry.address, hop.oif, holder, entry.mac, entry.fixed),
        side_effects=(
            "a fixed entry comes back with whatever writes it: take it out of that"
            " configuration, too"
            if entry.fixed
            else "none: the entry is asked for anew"
        ),
        proof=f"the neighbour entry for {entry.address} on {hop.name} names {holder}",
    )


def _right_end(far: Misplaced) -> Fix:
    """A tunnel's forwarding entry names the end behind which the address is."""
    entry = far.entry
    return Fix.of(
        FixClass.CLEAR_NEIGHBOUR,
        SetTunnelEnd(far.sender, far.mac, entry.interface, entry.endpoint, far.right, far.meant),
        side_effects=(
            "whatever writes these entries (a controller, a daemon) will write it again: mend it"
            " there"
        ),
        proof=f"{far.meant} gets the tunnel's packets",
    )
