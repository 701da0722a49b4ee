"""Where are packets lost by chance, how many, and what counts them?"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.evidence import Question
from workbench.analysis.captures.observations import label
from workbench.analysis.case.drop import Drop, LastSeen
from workbench.analysis.case.findings import Hop, Thinning
from workbench.analysis.case.verdict import Direction
from workbench.analysis.case.wording import listed, some
from workbench.analysis.device.policers import Policer, counted_as_strays, policers, thinned
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.evidence.counter_deltas import CounterDelta
from workbench.analysis.evidence.loss_statistics import interval, unnatural

# the share of lost packets from which on a connection crawls: TCP takes each for a jam
HURTS = 0.03
CLEARLY = 3.0  # so much likelier (natural logarithm) than what long ways lose anyway
Place = tuple[str, str]  # both ends of a link in the order of the request, or one device twice


@dataclass(frozen=True, slots=True)
class Lossy:
    """One place that loses packets: a device, or the way between two; one loss for each direction
    that it hurts."""

    context: Context
    losses: tuple[Thinning, ...]

    @property
    def worst(self) -> Thinning:
        """The direction that loses most."""
        return max(self.losses, key=lambda loss: unnatural(loss.lost, loss.sent))

    @property
    def direction(self) -> Direction:
        """Which directions lose?"""
        ways = {loss.reverse for loss in self.losses}
        if len(ways) > 1:
            return Direction.BOTH
        return Direction.of(reverse=True in ways)

    @property
    def inside(self) -> bool:
        """Do they come in at a device and not go out of it?"""
        return self.losses[0].after is None

    @property
    def device(self) -> str:
        """The device, or the one that sends into the link; where both directions lose, the one
        nearer to the client."""
        forward = [loss for loss in self.losses if not loss.reverse]
        return (forward or self.losses)[0].node

    @property
    def hidden(self) -> tuple[str, ...]:
        """Devices on that way that could not be watched: it may be any of them."""
        return self.losses[0].hidden

    @property
    def where(self) -> str:
        """The place in words."""
        first = self._at_device or self.losses[0]
        return self._between(f" ({first.interface})" if first.interface else "")

    def _between(self, left: str) -> str:
        """The place; `left`: by which interface packets leave the first device, in words."""
        first = self._at_device or self.losses[0]
        if first.after is None:
            return f"in {first.node}"
        between = f", where {listed(self.hidden)} cannot be watched" if self.hidden else ""
        return f"between {first.node}{left} and {first.after}{between}"

    @property
    def _at_device(self) -> Thinning | None:
        for loss in self.losses:
            if loss.node == self.device:
                return loss
        return None

    @property
    def drop(self) -> Drop:
        """Where the packets were last seen."""
        loss = self._at_device or self.worst
        lost = f"{loss.lost} of {some(loss.sent)} were lost"
        kind = Tally(map(label, loss.packets)).most_common(1)[0][0]
        seen = LastSeen.LEAVING if loss.after is not None else LastSeen.COMING_IN
        return Drop(
            loss.node,
            loss.interface,
            kind,
            f"{lost} {self.where}",
            loss.reverse,
            loss.evidence,
            loss.after,
            last_seen=seen,
            brief=f"{lost} {self._between(left='')}",
        )

    def hop(self, loss: Thinning) -> Hop | None:
        """The hop of that direction at the place."""
        for hop in self.context.findings.trace(loss.reverse).hops:
            if hop.name == loss.node:
                return hop
        return None

    def policers(self) -> tuple[Policer, ...]:
        """The rules there that thin the flow out."""
        found: list[Policer] = []
        for loss in self.losses if self.inside else ():
            hop = self.hop(loss)
            if hop is not None:
                found.extend(policers(self.context.case, hop, loss.reverse))
        return tuple(found)


def amount(loss: Thinning) -> str:
    """`7 of 64 reply packets (11 %, true share between 5 and 21 %)`."""
    low, high = interval(loss.lost, loss.sent)
    what = "reply" if loss.reverse else "request"
    figures = f"{100 * loss.share:.0f} %, true share between {100 * low:.0f} and {100 * high:.0f} %"
    return f"{loss.lost} of {loss.sent} {what} packets ({figures})"


def lossy(context: Context) -> tuple[Lossy, ...]:
    """Every place that loses so many packets by chance that it hurts, the worst first."""
    places: dict[Place, list[Thinning]] = {}
    for loss in context.findings.thinned:
        if _counts(context, loss):
            places.setdefault(_place(loss), []).append(loss)
    found = [Lossy(context, tuple(losses)) for losses in places.values()]
    return tuple(sorted(found, key=lambda one: -unnatural(one.worst.lost, one.worst.sent)))


def _counts(context: Context, loss: Thinning) -> bool:
    """Does it hurt, and is no rule about sessions behind it?"""
    refused = counted_as_strays(context.case, Lossy(context, (loss,)).hop(loss), loss)
    if refused:
        return False
    return hurts(loss) or _limited(context, loss) or mostly(context, loss)


def hurts(loss: Thinning) -> bool:
    """Is it chance, and more than what is normal?"""
    if not loss.by_chance or loss.lost < 2 or loss.share < HURTS:
        return False
    return unnatural(loss.lost, loss.sent) >= CLEARLY


def _limited(context: Context, loss: Thinning) -> bool:
    """A limit stops packets in blocks, and its own counter tells how many."""
    if loss.share < HURTS or loss.after is not None:
        return False
    hop = Lossy(context, (loss,)).hop(loss)
    return hop is not None and thinned(context.case, hop, loss)


def mostly(context: Context, loss: Thinning) -> bool:
    """Does a device keep most of the datagrams that come in, and yet pass one like each of them
    later?

    No rule that it shows says so, and what is in them may differ: less sure than a limit that
    counts.
    """
    if context.tcp or loss.after is not None or loss.lost < 2:
        return False
    passed_later = loss.alike == loss.lost
    return passed_later and loss.scattered and not loss.by_chance


def _place(loss: Thinning) -> Place:
    end = loss.after or loss.node
    return (end, loss.node) if loss.reverse else (loss.node, end)


def lost_anyway(context: Context) -> Thinning | None:
    """What was lost on the way without doing harm; the place that lost most."""
    sent_again = [loss for loss in context.findings.thinned if loss.again]
    harmless = [loss for loss in sent_again if not hurts(loss)]
    return max(harmless, key=lambda loss: loss.lost, default=None)


# --- what counts them ---

_INTERFACE = {
    "rx_errors": "broken on arrival",
    "rx_crc_errors": "with a wrong checksum",
    "rx_dropped": "dropped on arrival",
    "rx_over_errors": "for which there was no room on arrival",
    "rx_missed_errors": "for which there was no room on arrival",
    "tx_errors": "that could not be sent",
    "tx_dropped": "dropped on sending",
    "tx_carrier_errors": "sent without a carrier",
}


@dataclass(frozen=True, slots=True)
class Counted:
    """What a device counted of its own while packets were lost."""

    text: str
    moved: CounterDelta
    device: str
    interface: str | None
    queue: bool = False  # a queue that is full or shaped; else the interface itself


def counted(found: Lossy) -> Iterator[Counted]:
    """Errors and drops that the interfaces and queues at the place counted in the window."""
    for loss in found.losses:
        for device, interface, sending in _sides(found, loss):
            yield from of_interface(found.context, device, interface, sending)


def _sides(found: Lossy, loss: Thinning) -> Iterator[tuple[str, str | None, bool]]:
    """Device, interface, and whether it sends there, on either side of the loss."""
    hop = found.hop(loss)
    if loss.after is None:
        yield loss.node, hop.iif if hop else None, False
        yield loss.node, hop.oif if hop else None, True
        return
    yield loss.node, loss.interface, True
    arriving = found.context.findings.trace(loss.reverse).hop(loss.after)
    yield loss.after, arriving.iif if arriving else None, False


def of_interface(
    context: Context, device: str, interface: str | None, sending: bool
) -> Iterator[Counted]:
    """Errors and drops that this interface, and its queue, counted in the window."""
    deltas = context.case.deltas(device, Question.COUNTERS) or {}
    proof = tuple(e.id for e in context.case.samples(device, Question.COUNTERS) or ())
    side = "tx_" if sending else "rx_"
    for name, words in _INTERFACE.items():
        risen = deltas.get(f"interface {interface}/{name}", 0)
        if risen > 0 and name.startswith(side):
            text = f"{interface} of {device} counted {some(risen)} {words} ({name})"
            yield Counted(text, CounterDelta(risen, proof), device, interface)
    for key, risen in deltas.items():
        scope, _, name = key.rpartition("/")
        if sending and risen > 0 and name == "drops" and scope.startswith(f"qdisc {interface} "):
            text = (
                f"the queue of {interface} on {device} ({scope.split()[2]}) dropped {some(risen)}"
            )
            yield Counted(text, CounterDelta(risen, proof), device, interface, queue=True)
