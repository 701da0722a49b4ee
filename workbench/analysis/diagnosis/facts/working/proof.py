"""How well was it shown that the flow works? One exchange at both ends proves it, one point proves
one point."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.analysis.case.findings import Attempt, ConnState, Hop, Use, WatchedFrom
from workbench.analysis.case.wording import filter_words, listed, some
from workbench.analysis.device.policers import Policer, policers
from workbench.analysis.device.route_changes import route_changes
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.ends.own_sockets import unread
from workbench.analysis.diagnosis.facts.loss.healed import still_missing
from workbench.analysis.diagnosis.facts.neighbours.duplicate_addresses import twins
from workbench.analysis.diagnosis.facts.neighbours.mute import woken
from workbench.analysis.diagnosis.facts.routing.flapping import either_way
from workbench.analysis.ecmp.untried_targets import Unmet, alive, unmet

SURE, NEARLY, ONCE, RESTLESS, DOUBTFUL = 1.0, 0.79, 0.75, 0.6, 0.5
_WATCHED = {
    WatchedFrom.BOTH_ENDS: SURE,
    WatchedFrom.TWO_POINTS: NEARLY,
    WatchedFrom.ONE_POINT: DOUBTFUL,
    WatchedFrom.PROBE: ONCE,
    WatchedFrom.BOTH_SOCKETS: ONCE,
}
_USED = {
    Use.USED: SURE,
    Use.CARRIED: ONCE,
    Use.OPENED: ONCE,
    Use.ASKED: ONCE,
    Use.ANSWERED: DOUBTFUL,
    Use.WAITING: DOUBTFUL,
    Use.CHECKED: DOUBTFUL,
    Use.IDLE: DOUBTFUL,
    Use.BROKEN_OFF: DOUBTFUL,
}
_SHOWN = {
    Use.USED: "the answer of the same connection came back and was used",
    Use.WAITING: (
        "the server acknowledged what it was asked, and had not answered when the watch ended"
    ),
    Use.CARRIED: "the server's data was acknowledged, and no request to it was seen",
    Use.OPENED: "the connection was made, and no data was seen in it",
    Use.ASKED: (
        "the connection was made, and the watch ended before an answer to what was asked in it"
    ),
    Use.ANSWERED: "the SYN-ACK came back, and the watch ended before the client's ACK was seen",
    Use.CHECKED: (
        "the SYN-ACK came back, and the client reset the connection at once, as a health check does"
    ),
    Use.IDLE: "the connection stands, and carried no data while it was watched",
    Use.BROKEN_OFF: (
        "the server took the connection and reset it before any answer: the network carried it"
    ),
}


@dataclass(frozen=True, slots=True)
class Proof:
    """What was seen to work, how sure that makes "healthy" at most, and what would tell more."""

    limit: float
    text: str
    settle: str = ""
    evidence: tuple[str, ...] = ()
    whole: bool = False  # an exchange that was used, and nothing that casts doubt on it

    @property
    def doubtful(self) -> bool:
        """Is it too little to call the flow healthy? A whole exchange that one place saw is not: it
        says where."""
        return self.limit <= DOUBTFUL and not self.whole


NOTHING = Proof(
    DOUBTFUL,
    "no attempt of the flow was seen",
    "one attempt of the flow while both ends are watched",
)


def proof(context: Context) -> Proof:
    """The best proof that the flow works, lessened by what makes every proof doubtful; worked out
    once."""
    known: Proof | None = vars(context).get("_proof")
    if known is None:
        known = vars(context)["_proof"] = _proof(context)
    return known


def _proof(context: Context) -> Proof:
    worked = [one for one in context.attempts if one.end is ConnState.WORKED]
    if not worked:
        return NOTHING
    best = max(_own_first(worked), key=_worth)
    whole = best.use is Use.USED
    found = Proof(_limit(best), _text(context, best), _settle(best), best.evidence, whole)
    return _doubted(context, found)


def _own_first(worked: list[Attempt]) -> list[Attempt]:
    """That a probe of ours was let in says nothing of what the server says to the client, and
    resets."""
    others = [one for one in worked if not one.ours]
    if {one.use for one in others} == {Use.BROKEN_OFF}:
        return others
    return worked


def _worth(attempt: Attempt) -> tuple[float, bool]:
    """How much it proves; of equals, what was used proves more than what was not."""
    return _limit(attempt), attempt.use is Use.USED


def _limit(attempt: Attempt) -> float:
    once = ONCE if attempt.ours else SURE
    return min(_WATCHED[attempt.watch], _USED[attempt.use], once)


def _text(context: Context, attempt: Attempt) -> str:
    if attempt.watch is WatchedFrom.PROBE:
        whose = " of our own" if attempt.ours else ""
        return (
            f"an attempt{whose} from {attempt.place} was answered: one attempt, not captured at"
            " both ends"
        )
    if attempt.watch is WatchedFrom.BOTH_SOCKETS:
        return (
            "the sockets of both ends hold the connection, nothing waits in them, and data was"
            " acknowledged both ways; no packet was captured"
        )
    whose = "in an attempt of our own, " if attempt.ours else ""
    shown = f"{whose}{_SHOWN[attempt.use]}"
    if attempt.watch is WatchedFrom.ONE_POINT:
        return (
            f"nothing wrong was seen at {attempt.place}, the only place that was watched: {shown}"
        )
    return f"{shown}, as captures at {_watched_at(context, attempt)} show"


def _watched_at(context: Context, attempt: Attempt) -> str:
    """Both ends by their names; where the owner of those addresses is not known, the first and the
    last that were met."""
    if attempt.watch is not WatchedFrom.BOTH_ENDS:
        return "two places on the way, not both ends"
    hops = context.findings.forward.hops
    first, last = context.client, context.server
    if hops:
        first, last = first or hops[0].name, last or hops[-1].name
    known = [name for name in (first, last) if name]
    return listed(list(dict.fromkeys(known))) or "both ends"


def _settle(attempt: Attempt) -> str:
    if attempt.watch is WatchedFrom.ONE_POINT:
        return "a capture of the same time at the other end of the flow"
    if attempt.watch is WatchedFrom.BOTH_SOCKETS:
        return "a new connection, while both ends are watched"
    if attempt.watch is WatchedFrom.PROBE or attempt.ours:
        return "an attempt of the real client, while both ends are watched"
    if attempt.use is Use.WAITING:
        return "the answer, or the application's own log: the network carried the question"
    if attempt.use is not Use.USED:
        return "a whole exchange, question and answer, while both ends are watched"
    if attempt.watch is WatchedFrom.TWO_POINTS:
        return "a capture at both ends themselves"
    return ""


@dataclass(frozen=True, slots=True)
class Doubt:
    """What makes every proof doubtful: how sure it leaves us at most, why, and what would tell
    more."""

    limit: float
    text: str
    settle: str = ""


def _doubted(context: Context, found: Proof) -> Proof:
    """The proof, lessened by the first of these doubts."""
    for doubt in _DOUBTS:
        raised = doubt(context)
        if raised is not None:
            return _less(found, raised)
    return found


def _two_answer(context: Context) -> Doubt | None:
    doubled = next(iter(twins(context)), None)
    if doubled is None:
        return None
    settle = f"who answers for {doubled.address} on that link, asked more than once"
    return Doubt(DOUBTFUL, f"{doubled.text}, so another packet may reach the other one", settle)


def _nobody_reads(context: Context) -> Doubt | None:
    closed = unread(context)
    return Doubt(DOUBTFUL, closed.text, closed.settle) if closed is not None else None


def _unasked_target(context: Context) -> Doubt | None:
    """The next connection may be sent to a target of which nobody can tell how it is."""
    dark = _dark(context)
    if dark is None:
        return None
    known = context.case.inventory.named(dark.server or "") is not None
    sender = dark.hop.name
    text = (
        f"{sender} may send the next connection to {dark.name}, which cannot be asked: none went"
        " there"
    )
    settle = f"an attempt that {sender} sends to {dark.name}"
    return Doubt(RESTLESS if known else NEARLY, text, settle)


def _woken_by_us(context: Context) -> Doubt | None:
    changed = woken(context)
    if changed is None:
        return None
    return Doubt(DOUBTFUL, changed.text, "another attempt, some minutes after this run")


def _something_missing(context: Context) -> Doubt | None:
    missing = still_missing(context.findings)
    if missing is None:
        return None
    text = (
        f"the {missing.packet} stopped at {missing.node} and was not seen to go on while we watched"
    )
    return Doubt(ONCE, text, "a longer watch of the same connections")


def _unsteady(context: Context) -> Doubt | None:
    unsteady = either_way(context)
    if unsteady is None:
        return None
    limit = DOUBTFUL if unsteady.again else RESTLESS
    settle = f"the routes of {unsteady.hop.name}, asked repeatedly for some minutes"
    return Doubt(limit, unsteady.text, settle)


def _thinned_out(context: Context) -> Doubt | None:
    found = _thinning(context)
    if found is None:
        return None
    name, policer = found
    rule = filter_words(policer.rule.text)
    text = f"{name} stopped {some(policer.moved or 0)} meanwhile by {rule}, which takes some"
    return Doubt(ONCE, text, f"more attempts, captured on both sides of {name}")


def _path_changed(context: Context) -> Doubt | None:
    """A route of the flow on its way came or went while the run watched."""
    on_the_way = {*context.findings.forward.names, *context.findings.reverse.names}
    for one in route_changes(context.findings):
        if one.device in on_the_way:
            moved = f"{one.device}, {one.text}"
            text = f"the way changed during the run ({moved}): it may change back and forth"
            return Doubt(RESTLESS, text)
    return None


def _only_acknowledged(context: Context) -> Doubt | None:
    """All that was seen of one direction are bare acknowledgements, on another way than the one
    that routing says: what opens a connection, or carries data, may take that one."""
    for path in (context.findings.forward, context.findings.reverse):
        for hop in path.hops:
            if hop.against_routing and _bare(context, hop, path.reverse):
                text = (
                    f"only bare acknowledgements were seen to leave {hop.name} this way: by its"
                    " routing, other packets of the flow take another path"
                )
                return Doubt(ONCE, text, f"a new connection of the flow, captured at {hop.name}")
    return None


def _bare(context: Context, hop: Hop, reverse: bool) -> bool:
    point = context.observation(hop.device or "", reverse)
    seen = (*point.came_in, *point.went_out) if point is not None else ()
    return bool(seen) and all(packet.acknowledges_only for packet in seen)


_DOUBTS = (
    _two_answer,
    _nobody_reads,
    _unasked_target,
    _woken_by_us,
    _something_missing,
    _unsteady,
    _thinned_out,
    _path_changed,
    _only_acknowledged,
)


def _thinning(context: Context) -> tuple[str, Policer] | None:
    """A device on the way with a rule that stops some of such packets, and that stopped some while
    the run lasted."""
    for path in (context.findings.forward, context.findings.reverse):
        for hop in path.hops:
            found = _stopped_some(context, hop, path.reverse) if hop.device else None
            if found is not None:
                return hop.name, found
    return None


def _stopped_some(context: Context, hop: Hop, reverse: bool) -> Policer | None:
    for one in policers(context.case, hop, reverse):
        if one.stops and one.moved:
            return one
    return None


def _dark(context: Context) -> Unmet | None:
    """A target that the flow may be given and that cannot be asked, while nothing shows that it is
    well."""
    for one in unmet(context.findings):
        silent = one.server is None or context.case.silent(one.server)
        if silent and not alive(context.case, one):
            return one
    return None


def _less(found: Proof, doubt: Doubt) -> Proof:
    """The same proof, of which something else lets doubt."""
    return Proof(
        min(found.limit, doubt.limit),
        f"{found.text}; but {doubt.text}",
        doubt.settle or found.settle,
        found.evidence,
    )
