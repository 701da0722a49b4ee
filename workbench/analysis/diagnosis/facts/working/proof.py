"""How well was it shown that the flow works? One exchange at both ends proves it, one point proves
one point."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.analysis.case.findings import Attempt, ConnState, Use, WatchedFrom
from workbench.analysis.case.wording import filter_words, listed, some
from workbench.analysis.device.policers import Policer, policers
from workbench.analysis.device.route_changes import route_changes
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.ends.own_sockets import unread
from workbench.analysis.diagnosis.facts.loss.healed import still_missing
from workbench.analysis.diagnosis.facts.neighbours.duplicate_addresses import Twins, twins
from workbench.analysis.diagnosis.facts.neighbours.mute import woken
from workbench.analysis.diagnosis.facts.routing.flapping import either_way
from workbench.analysis.ecmp.untried_targets import Unmet, alive, unmet

SURE, NEARLY, ONCE, RESTLESS, DOUBTFUL = 1.0, 0.79, 0.75, 0.6, 0.5
_WATCHED = {
    WatchedFrom.BOTH_ENDS: SURE,
    WatchedFrom.TWO_POINTS: NEARLY,
    WatchedFrom.ONE_POINT: DOUBTFUL,
    WatchedFrom.PROBE: ONCE,
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
    found = Proof(
        _limit(best), _text(context, best), _settle(best), best.evidence, best.use is Use.USED
    )
    return _doubted(context, found)


def _own_first(worked: list[Attempt]) -> list[Attempt]:
    """That a probe of ours was let in says nothing of what the server says to the client, and
    resets."""
    others = [one for one in worked if not one.ours]
    broken = bool(others) and all(one.use is Use.BROKEN_OFF for one in others)
    return others if broken else worked


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
    ends = (
        (context.client or hops[0].name, context.server or hops[-1].name)
        if hops
        else (context.client, context.server)
    )
    return listed(list(dict.fromkeys(name for name in ends if name))) or "both ends"


def _settle(attempt: Attempt) -> str:
    if attempt.watch is WatchedFrom.ONE_POINT:
        return "a capture of the same time at the other end of the flow"
    if attempt.watch is WatchedFrom.PROBE or attempt.ours:
        return "an attempt of the real client, while both ends are watched"
    if attempt.use is Use.WAITING:
        return "the answer, or the application's own log: the network carried the question"
    if attempt.use is not Use.USED:
        return "a whole exchange, question and answer, while both ends are watched"
    return "a capture at both ends themselves" if attempt.watch is WatchedFrom.TWO_POINTS else ""


def _doubted(context: Context, found: Proof) -> Proof:
    doubled = next(iter(twins(context)), None)
    if doubled is not None:
        return _less(
            found,
            DOUBTFUL,
            f"{doubled.text}, so another packet may reach the other one",
            _parted(doubled),
        )
    closed = unread(context)
    if closed is not None:
        return _less(found, DOUBTFUL, closed.text, closed.settle)
    dark = _dark(context)
    if dark is not None:
        return _unasked(context, found, dark)
    changed = woken(context)
    if changed is not None:
        return _less(found, DOUBTFUL, changed.text, "another attempt, some minutes after this run")
    missing = still_missing(context.findings)
    if missing is not None:
        doubt = (
            f"the {missing.packet} stopped at {missing.node} and was not seen to go on while we"
            " watched"
        )
        return _less(found, ONCE, doubt, "a longer watch of the same connections")
    unsteady = either_way(context)
    if unsteady is not None:
        limit = DOUBTFUL if unsteady.again else RESTLESS
        settle = f"the routes of {unsteady.hop.name}, asked repeatedly for some minutes"
        return _less(found, limit, unsteady.text, settle)
    thinning = _thinning(context)
    if thinning is not None:
        name, rule = thinning
        doubt = (
            f"{name} stopped {some(rule.moved or 0)} meanwhile by {filter_words(rule.rule.text)},"
            " which takes some"
        )
        return _less(found, ONCE, doubt, f"more attempts, captured on both sides of {name}")
    moved = _moved(context)
    if moved:
        return _less(
            found,
            RESTLESS,
            f"the way changed during the run ({moved}): it may change back and forth",
            "",
        )
    return found


def _thinning(context: Context) -> tuple[str, Policer] | None:
    """A device on the way with a rule that stops some of such packets, and that stopped some while
    the run lasted."""
    ways = (context.findings.forward, context.findings.reverse)
    hops = ((hop, path.reverse) for path in ways for hop in path.hops if hop.device)
    rules = ((hop.name, one) for hop, back in hops for one in policers(context.case, hop, back))
    return next(((name, one) for name, one in rules if one.stops and one.moved), None)


def _unasked(context: Context, found: Proof, dark: Unmet) -> Proof:
    """The next connection may be sent to a target of which nobody can tell how it is."""
    known = context.case.inventory.named(dark.server or "") is not None
    sender = dark.hop.name
    doubt = (
        f"{sender} may send the next connection to {dark.name}, which cannot be asked: none went"
        " there"
    )
    return _less(
        found,
        RESTLESS if known else NEARLY,
        doubt,
        f"an attempt that {sender} sends to {dark.name}",
    )


def _dark(context: Context) -> Unmet | None:
    """A target that the flow may be given and that cannot be asked, while nothing shows that it is
    well."""
    silent = (
        one
        for one in unmet(context.findings)
        if one.server is None or context.case.silent(one.server)
    )
    return next((one for one in silent if not alive(context.case, one)), None)


def _parted(doubled: Twins) -> str:
    return f"who answers for {doubled.address} on that link, asked more than once"


def _less(found: Proof, limit: float, doubt: str, settle: str) -> Proof:
    """The same proof, of which something else lets doubt."""
    return Proof(
        min(found.limit, limit),
        f"{found.text}; but {doubt}",
        settle or found.settle,
        found.evidence,
    )


def _moved(context: Context) -> str:
    """A route of the flow on its way that came or went while the run watched."""
    on_the_way = {*context.findings.forward.names, *context.findings.reverse.names}
    return next(
        (
            f"{one.device}, {one.text}"
            for one in route_changes(context.findings)
            if one.device in on_the_way
        ),
        "",
    )
