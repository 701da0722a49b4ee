"""An established session that meets a device which does not know it: it was moved there, or
forgotten in its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import Session
from collectors.model.settings import Knob
from workbench.analysis.case.findings import Attempt, ConnState, Hop, Use
from workbench.analysis.device.filtering import FilterResult
from workbench.analysis.device.hop_filtering import at_hop
from workbench.analysis.device.matching import State
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.ends.hanging import hanging
from workbench.analysis.diagnosis.facts.filters.refused import refused_data
from workbench.analysis.diagnosis.facts.state.forgotten import Forgotten, forgotten
from workbench.analysis.diagnosis.facts.state.timers import Timer, half_closed, timer
from workbench.analysis.evidence.held_sessions import Held

_CUT = frozenset({ConnState.STALLED, ConnState.NO_ANSWER})
# data of one side was acknowledged, so it stood on its whole way
_STOOD = frozenset({Use.WAITING, Use.CARRIED})


@dataclass(frozen=True)
class MovedSession:
    """A device with state on the way now, that knows nothing of a session which others hold
    established."""

    hop: Hop
    reverse: bool
    # None = no other device is known to hold it: the ends still do, and this one does not
    old: Held | None
    mine: Held
    outcome: FilterResult  # what its filter does with packets from the middle of a connection
    ends: tuple[str, ...] = ()  # what shows that the ends still talk in that session
    # of each cut connection: when its session went, and its first packet
    stories: tuple[Forgotten, ...] = ()
    timer: Timer | None = None  # how long the device remembers a session like those that were cut
    both_ways: bool = True  # False = of one direction it is not known where it passes
    anew: bool = False  # new connections were cut like the others: making one anew mends nothing

    @property
    def paused(self) -> float | None:
        """The seconds in which the ends were silent, where the device forgets sessions in fewer.
        None = not so."""
        open_ones = [one for one in self.stories if not one.closed and not one.kept]
        idle = [one.idle for one in open_ones if one.idle is not None]
        if self.timer is None or not idle:
            return None
        least = min(idle)
        return least if least >= self.timer.seconds else None

    @property
    def cause(self) -> str:
        """In words, for the headline."""
        if self.old is None and self.paused is not None and self.timer is not None:
            forgets = f"it forgets a {self.timer.session} {self.timer.words}"
            silent = f"{forgets}, and the ends were silent for {self.paused:.1f} s"
            return f"that both ends still use: {silent}"
        if self.old is None:
            lost = (
                "it expired, was flushed, or was lost in a restart, or another device held it"
                " before"
            )
            return f"that both ends still use, and it does not know: {lost}"
        return f"that only {self.old.device} knows: the path changed in mid-session"


def moved_sessions(context: Context) -> Iterator[MovedSession]:
    """Every device on either way that does not know an established session of this flow."""
    if not context.tcp:
        return
    ends = _still_used(context)
    for reverse in (False, True):
        for hop in context.findings.trace(reverse).hops:
            if hop.device is None or hop.boundary is None:
                continue
            if hop.device in (context.client, context.server):
                continue
            found = _moved(context, hop, reverse, ends)
            if found is not None and reverse in _lost_ways(context, hop.device):
                yield found


def _moved(context: Context, hop: Hop, reverse: bool, ends: tuple[str, ...]) -> MovedSession | None:
    name = hop.device or ""
    old, mine = _old_holder(context, name), _held_now(context, name)
    known = old is not None or (bool(ends) and mine.asked and _no_other_way(context, name))
    stories = forgotten(context, name, cut_flows(context))
    if not known or (mine.established and not any(one.first for one in stories)):
        return None
    found = at_hop(context.case, hop, stranger(context, name), ".", reverse)
    both = all(name in context.findings.trace(way).names for way in (False, True))
    return MovedSession(
        hop,
        reverse,
        old,
        mine,
        found,
        ends,
        stories,
        _timer(context, name, stories),
        both,
        _anew(context),
    )


def _lost_ways(context: Context, device: str) -> set[bool]:
    """Which directions are seen to be lost there, a RST left aside: it comes when an end has given
    up."""
    here = [drop for drop in context.drops() if drop.node == device]
    seen = {drop.reverse for drop in here if drop.packet != "RST"}
    return seen or {False, True}


def _timer(context: Context, device: str, stories: tuple[Forgotten, ...]) -> Timer | None:
    """How long does it remember such a session: of one that a side had closed, by another clock?"""
    halved = bool(stories) and all(one.half for one in stories)
    if halved:
        return half_closed(context, device, context.flow)
    return timer(context, device, context.flow)


def _anew(context: Context) -> bool:
    """Were just connections cut that began while we watched, and before they had their answer?"""
    cut = cut_sessions(context)
    if not all(one.fresh for one in cut):
        return False
    return bool(cut) and {one.use for one in cut} <= _STOOD


def _still_used(context: Context) -> tuple[str, ...]:
    """Does an end send in a session from before the capture, and get no answer?"""
    cut = cut_sessions(context)
    return hanging(context) or (cut[0].evidence if cut else ())


def cut_sessions(context: Context) -> list[Attempt]:
    """Connections that stood and were used, and whose data is no longer acknowledged."""
    return [one for one in context.attempts if _is_cut(context, one)]


def _is_cut(context: Context, attempt: Attempt) -> bool:
    if attempt.end in _CUT and _stood(context, attempt):
        return True
    return _refused(context, attempt)


def _stood(context: Context, attempt: Attempt) -> bool:
    """Was it used; or did a device on its way give it up before the first packet that it
    dropped?"""
    return not attempt.fresh or attempt.use is Use.USED or _given_up(context, attempt)


def _given_up(context: Context, attempt: Attempt) -> bool:
    if attempt.use not in _STOOD:
        return False
    for hop in context.findings.forward.hops:
        if hop.device is None or hop.boundary is None:
            continue
        for story in forgotten(context, hop.device, (attempt.flow,)):
            if story.first or _outlived(context, story):
                return True
    return False


def _outlived(context: Context, story: Forgotten) -> bool:
    """Was it silent for longer than that device remembers it?"""
    if story.idle is None or story.closed or story.kept:
        return False
    remembers = _timer(context, story.device, (story,))
    return remembers is not None and story.idle >= remembers.seconds


def cut_flows(context: Context) -> tuple[Flow, ...]:
    """Those connections, in every translation of them where it is the one flow that was asked
    about."""
    own = tuple(dict.fromkeys(one.flow for one in cut_sessions(context)))
    if context.case.flow.sport is None:
        return own
    return tuple(dict.fromkeys((*own, *context.flows)))


def _refused(context: Context, attempt: Attempt) -> bool:
    """Was data refused on its way, of a connection from before the window that did not fail yet?"""
    if attempt.fresh or attempt.end is not ConnState.OPEN:
        return False
    return any(refused_data(context, (attempt.flow,)))


def _held_now(context: Context, device: str) -> Held:
    """What the device holds of the flow; where a connection was cut, of that one, at the last
    look."""
    cut = [attempt.flow for attempt in cut_sessions(context)]
    looked = context.case.answer(device, Question.SESSIONS)
    rewritten = any(hop.flow_in != hop.flow_out for hop in context.findings.forward.hops)
    if not cut or looked is None or not looked.whole or rewritten:
        return context.held(device)
    own: list[Session] = []
    for session in looked.of(Session):
        if any(_of(session, flow) for flow in cut):
            own.append(session)
    return Held(device, True, tuple(own), (looked.id,))


def _of(session: Session, flow: Flow) -> bool:
    return flow in (session.original, session.reply.reversed())


def _no_other_way(context: Context, device: str) -> bool:
    """Nothing tells that a direction goes around it; for a way that is not known, nothing does."""
    watched = bool(context.findings.observations)
    for path in (context.findings.forward, context.findings.reverse):
        unknown = path.partly_unknown and not watched
        if device not in path.names and not unknown:
            return False
    return True


def _old_holder(context: Context, device: str) -> Held | None:
    apart = (context.client, context.server, device)
    for other in context.case.inventory.devices:
        if other.name in apart:
            continue
        found = context.held(other.name)
        if found.established:
            return found
    return None


def stranger(context: Context, device: str) -> State:
    """What connection tracking calls a packet from the middle of a connection that it does not
    know."""
    loose = context.case.setting(device, Knob.TRACKING_LOOSE)
    if loose is not None and loose.value is False:
        return "invalid"
    return "new"
