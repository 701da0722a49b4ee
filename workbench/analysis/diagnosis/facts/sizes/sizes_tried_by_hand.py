"""What do pings of growing size and mtr that somebody ran show of the way, where nobody
captured?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from collectors.model.evidence import Question
from collectors.model.flow import Address
from collectors.model.records import Failure, ProbeResult, TraceReply, Traceroute
from workbench.analysis.case.verdict import Direction
from workbench.analysis.case.wording import listed
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.sizes.lost_sizes import TOO_BIG
from workbench.analysis.evidence.loss_statistics import unnatural

FULL = 1500  # bytes: what an Ethernet takes
ENOUGH = 20  # probes, below which nothing is said about a share
HURTS = 0.03  # the share from which on a connection crawls
CLEARLY = 3.0  # so much likelier (natural logarithm) than what long ways lose anyway
KEPT = 0.5  # of the loss at the end: a hop that loses less of it lies before the place


@dataclass(frozen=True, slots=True)
class Hole:
    """Pings with "do not fragment": of this size silence, of that size an answer, and nobody said
    why."""

    good: int
    bad: int
    target: Address
    near: Address | None  # somebody nearer who answers the large ones
    direction: Direction
    evidence: tuple[str, ...]

    @property
    def text(self) -> str:
        """In a sentence."""
        near = f"; {self.near} on the way answers those of that size" if self.near else ""
        return (
            f"pings of {self.bad} bytes to {self.target} that must not be fragmented are lost"
            f" without any error message, and those of {self.good} bytes are answered{near}"
        )


def hole(context: Context) -> Hole | None:
    """Do large pings of a person vanish where smaller ones to the same end come back?"""
    for device in context.case.inventory.devices:
        probes = tuple(_probes(context, device.name))
        for target, direction in _ends(context):
            found = _hole(probes, target, direction)
            if found is not None:
                return found
    return None


Probes = tuple[tuple[ProbeResult, str], ...]


def _hole(probes: Probes, target: Address, direction: Direction) -> Hole | None:
    mine = tuple((one, number) for one, number in probes if one.target == target)
    if any(one.mtu or one.failure in TOO_BIG for one, _ in mine):
        return None
    good, bad = _sizes(mine)
    if not good or not bad:
        return None
    numbers = dict.fromkeys(number for _, number in mine)
    return Hole(good, bad, target, _nearer(probes, target, bad), direction, tuple(numbers))


def _nearer(probes: Probes, target: Address, size: int) -> Address | None:
    """Somebody else who answers pings of that size."""
    for one, _ in probes:
        large = (one.size or 0) >= size
        if one.ok and large and one.target != target:
            return one.target
    return None


def fits_whole(context: Context) -> tuple[int, str] | None:
    """The size of a large ping that must not be cut and that came back from an end, and its
    evidence."""
    ends = {target for target, _ in _ends(context)}
    for device in context.case.inventory.devices:
        for one, number in _probes(context, device.name):
            size = one.size or 0
            if one.ok and size >= FULL and one.target in ends:
                return size, number
    return None


def _ends(context: Context) -> tuple[tuple[Address, Direction], ...]:
    return (context.flow.dst, Direction.FORWARD), (context.flow.src, Direction.REVERSE)


def _probes(context: Context, device: str) -> Iterator[tuple[ProbeResult, str]]:
    for question in (Question.PATH_MTU, Question.PING):
        for one, item in context.case.all_records(device, question, ProbeResult):
            sized = one.kind == "ping-df" and one.size
            if sized and item.pasted_by is not None:
                yield one, item.id


def _sizes(probes: Probes) -> tuple[int, int]:
    """The largest that was answered, and the smallest above it of which none was. 0 = there is
    none."""
    answered = [one.size or 0 for one, _ in probes if one.ok]
    good = max(answered, default=0)
    silent = [one.size or 0 for one, _ in probes if one.failure is Failure.TIMED_OUT]
    larger = [size for size in silent if size > good]
    return good, min(larger, default=0)


@dataclass(frozen=True, slots=True)
class Fading:
    """A report of mtr in which the same share of probes is lost from one distance on, to the
    end."""

    share: float
    sent: int
    first: Address | None  # the first that shows it
    before: Address | None  # the last that does not
    own_kind: bool  # were the probes of the flow's own protocol?
    evidence: tuple[str, ...]

    @property
    def where(self) -> str:
        """Between which two ends, as far as the answers show."""
        return f"between {self.before or 'the sender'} and {self.first}"

    @property
    def text(self) -> str:
        """In a sentence."""
        lost = f"{100 * self.share:.0f} % of {self.sent} probes"
        return f"{lost} are lost from {self.first} on, to the end, or their answers on the way back"


def fading(context: Context) -> Fading | None:
    """Does loss begin somewhere and go on to the end? One hop's alone is how that router answers
    probes."""
    for device in context.case.inventory.devices:
        for trace, item in context.case.all_records(device.name, Question.TRACE, Traceroute):
            if item.pasted_by is None or trace.destination not in (None, context.flow.dst):
                continue
            found = _fades(context, trace, item.id)
            if found is not None:
                return found
    return None


def _fades(context: Context, trace: Traceroute, number: str) -> Fading | None:
    """Does this traceroute lose probes of the end, and from which router on?"""
    end = _end_of(trace, context.flow.dst)
    return _faded(context, trace, end, number) if end is not None and _hurts(end) else None


def _faded(context: Context, trace: Traceroute, end: TraceReply, number: str) -> Fading | None:
    """Where the loss of the end begins; None where only the end shows it, to pings."""
    before = [one for one in trace.replies if _answers_some(one) and one.ttl < end.ttl]
    last, first = _where_it_begins(before, end)
    own = trace.protocol == context.flow.protocol.value
    only_the_end = first is end and bool(before)
    if only_the_end and not own:
        return None  # a host answers only so many pings, too
    last_address = last.address if last is not None else None
    return Fading(end.lost or 0, end.sent or 0, first.address, last_address, own, (number,))


def _end_of(trace: Traceroute, address: Address) -> TraceReply | None:
    """The reply of the end, if it is this address."""
    for reply in trace.replies:
        if reply.reached:
            return reply if reply.address == address else None
    return None


def _where_it_begins(
    before: list[TraceReply], end: TraceReply
) -> tuple[TraceReply | None, TraceReply]:
    """The last that lost less than the end, if any did, and the one behind it."""
    heard = [*before, end]
    last, first = None, heard[0]
    for one, following in pairwise(heard):
        if _loses_less(one, end):
            last, first = one, following
    return last, first


def _answers_some(one: TraceReply) -> bool:
    """Is it a known router that did not leave every probe unanswered?"""
    if one.address is None or one.lost is None:
        return False
    return one.lost < 1


def _loses_less(one: TraceReply, end: TraceReply) -> bool:
    return (one.lost or 0) < KEPT * (end.lost or 0)


def _hurts(end: TraceReply) -> bool:
    if end.lost is None or end.sent is None or end.sent < ENOUGH:
        return False
    if not HURTS <= end.lost < 1:
        return False
    return unnatural(round(end.lost * end.sent), end.sent) >= CLEARLY


def only_unanswered(context: Context) -> tuple[str, tuple[str, ...]] | None:
    """Which routers left probes unanswered, though the end answered all? In words, with the
    evidence."""
    for device in context.case.inventory.devices:
        for trace, item in context.case.all_records(device.name, Question.TRACE, Traceroute):
            end = _answered_all(trace, context.flow.dst)
            quiet = list(filter(_is_quiet, trace.replies))
            if end is not None and quiet:
                names = listed([str(one.address) for one in quiet])
                text = (
                    f"the destination answered all {end.sent} probes: that {names} answered only"
                    " some loses nothing"
                )
                return text, (item.id,)
    return None


def _answered_all(trace: Traceroute, address: Address) -> TraceReply | None:
    """The end of that trace, if it is this address and answered every one of enough probes."""
    for reply in trace.replies:
        if reply.reached and reply.address == address:
            many = (reply.sent or 0) >= ENOUGH
            return reply if many and reply.lost == 0 else None
    return None


def _is_quiet(reply: TraceReply) -> bool:
    """A router that left so many probes unanswered that it would hurt."""
    if reply.reached or reply.address is None:
        return False
    return (reply.lost or 0) >= HURTS
