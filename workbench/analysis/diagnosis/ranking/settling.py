"""What would settle a hypothesis: was it asked, of which device, and with what result?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from collectors.model.evidence import Evidence, Question, Status
from workbench.analysis.case.case import FILTERS
from workbench.analysis.case.verdict import HEALTHY, Cause, Hypothesis
from workbench.analysis.case.wording import listed
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.trace.pasted_devices import only_pasted

Q = Question
GUILTY, DECIDER, CLIENT, SERVER, STATEFUL_DEVICES = (
    "guilty",
    "decider",
    "client",
    "server",
    "keepers",
)
Sought = tuple[str, tuple[Question, ...]]  # who is asked; one answer to these suffices

_STATE: tuple[Sought, ...] = (
    (STATEFUL_DEVICES, (Q.SESSIONS,)),
    (GUILTY, (Q.CAPTURE,)),
    (GUILTY, FILTERS),
)
_PORTS: tuple[Sought, ...] = (
    (DECIDER, (Q.ROUTE_SPREAD,)),
    (CLIENT, (Q.PORT_SWEEP,)),
    (GUILTY, (Q.CAPTURE,)),
)
_RULE: tuple[Sought, ...] = ((GUILTY, FILTERS), (GUILTY, (Q.CAPTURE,)), (GUILTY, (Q.LOGS,)))
_ROUTE: tuple[Sought, ...] = ((GUILTY, (Q.ROUTE_CHOICE,)), (GUILTY, (Q.ROUTES,)))
_ENDS: tuple[Sought, ...] = (
    (CLIENT, (Q.CAPTURE,)),
    (SERVER, (Q.CAPTURE,)),
    (CLIENT, (Q.CONNECT, Q.PING)),
)
SOUGHT: dict[Cause, tuple[Sought, ...]] = {
    Cause.HEALTHY_SYMMETRIC: _ENDS,
    Cause.HEALTHY_ASYMMETRIC: _ENDS,
    Cause.ASYM_STATEFUL_FW: _STATE,
    Cause.ASYM_STATEFUL_HALF_PATH: _STATE,
    Cause.ECMP_ASYM_STATEFUL: (*_PORTS, (STATEFUL_DEVICES, (Q.SESSIONS,))),
    Cause.ECMP_LEG_FAILURE: _PORTS,
    Cause.MIDFLOW_STATE_LOSS: (
        (STATEFUL_DEVICES, (Q.SESSIONS,)),
        (CLIENT, (Q.CONNECT,)),
        (CLIENT, (Q.SOCKETS,)),
    ),
    Cause.PBR_WRONG_RETURN_GATEWAY: (
        (DECIDER, (Q.ROUTE_CHOICE,)),
        (DECIDER, (Q.RULES,)),
        (GUILTY, (Q.CAPTURE,)),
    ),
    Cause.NAT_RETURN_BYPASS: ((STATEFUL_DEVICES, (Q.SESSIONS,)), (GUILTY, (Q.CAPTURE,))),
    Cause.LB_PARTIAL_NAT_RETURN: (
        (GUILTY, (Q.SESSIONS,)),
        (CLIENT, (Q.CAPTURE,)),
        (GUILTY, (Q.CAPTURE,)),
    ),
    Cause.RP_FILTER_STRICT: (
        (GUILTY, (Q.COUNTERS,)),
        (GUILTY, (Q.CAPTURE,)),
        (GUILTY, (Q.SETTINGS,)),
    ),
    Cause.DUPLICATE_GATEWAY: (
        (DECIDER, (Q.ARP_PROBE,)),
        (DECIDER, (Q.NEIGHBOURS,)),
        (GUILTY, (Q.CAPTURE,)),
    ),
    Cause.PMTUD_BLACKHOLE: (
        (CLIENT, (Q.PATH_MTU,)),
        (SERVER, (Q.PATH_MTU,)),
        (GUILTY, (Q.COUNTERS,)),
    ),
    Cause.ACL_PATH: _RULE,
    Cause.TRANSIT_POLICY_DENY: _RULE,
    Cause.SERVER_POLICY_DENY: _RULE,
    Cause.SERVICE_NOT_LISTENING: (
        (GUILTY, (Q.LISTENERS,)),
        (GUILTY, (Q.COUNTERS,)),
        (CLIENT, (Q.CONNECT,)),
    ),
    Cause.HOST_DOWN: ((DECIDER, (Q.NEIGHBOURS,)), (DECIDER, (Q.PING,))),
    Cause.NO_FORWARD_ROUTE: _ROUTE,
    Cause.NO_RETURN_ROUTE: _ROUTE,
    Cause.ROUTING_LOOP: (
        (GUILTY, (Q.ROUTE_CHOICE,)),
        (CLIENT, (Q.TRACE,)),
        (GUILTY, (Q.COUNTERS,)),
    ),
    Cause.SESSION_LIMIT: ((GUILTY, (Q.SESSION_STATS,)), *_RULE),
    Cause.STALE_NEIGHBOUR: (
        (DECIDER, (Q.NEIGHBOURS,)),
        (DECIDER, (Q.ARP_PROBE,)),
        (GUILTY, (Q.CAPTURE,)),
    ),
    Cause.TTL_EXPIRED: (
        (GUILTY, (Q.CAPTURE,)),
        (GUILTY, (Q.SETTINGS,)),
        (GUILTY, FILTERS),
        (CLIENT, (Q.CAPTURE,)),
    ),
    Cause.PACKET_LOSS: ((GUILTY, (Q.CAPTURE,)), (GUILTY, (Q.COUNTERS,)), (GUILTY, FILTERS)),
    Cause.UNKNOWN_BEYOND_VISIBILITY: _ENDS,
}
_CALLED = {
    Q.SESSIONS: "the session", Q.CAPTURE: "a capture", Q.ROUTE_SPREAD: "the routes of other ports",
    Q.PORT_SWEEP: "attempts from several ports", Q.LOGS: "the log", Q.ROUTE_CHOICE: "the exact route",
    Q.ROUTES: "the routing tables", Q.CONNECT: "an attempt", Q.PING: "a ping", Q.RULES: "the policy rules",
    Q.COUNTERS: "the kernel's counters", Q.SETTINGS: "the settings", Q.ARP_PROBE: "who answers for the gateway",
    Q.NEIGHBOURS: "the neighbour table", Q.PATH_MTU: "probes of growing size", Q.LISTENERS: "the listening sockets",
    Q.SESSION_STATS: "the counters of connection tracking",
    Q.SOCKETS: "the flow's sockets", Q.TRACE: "a traceroute", **dict.fromkeys(FILTERS, "the filter rules"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """One piece of evidence that would settle it: where it was sought, and how that ended."""

    device: str
    what: str
    status: Status
    reason: str | None = None
    evidence: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What, and where."""
        return f"{self.what} of {self.device}"


def sought(context: Context, hypothesis: Hypothesis) -> tuple[Asked, ...]:
    """Everything that would settle this hypothesis, and whether it was asked."""
    found: dict[Asked, None] = {}
    for part, questions in SOUGHT.get(hypothesis.cause, ()):
        devices = dict.fromkeys(_devices(context, hypothesis, part))
        for device in devices:
            if device and context.case.inventory.named(device) is not None:
                found[_asked(context, device, questions)] = None
    return tuple(found)


def _devices(context: Context, hypothesis: Hypothesis, part: str) -> Iterator[str | None]:
    """Which devices play this part in the hypothesis?"""
    if part != STATEFUL_DEVICES:
        yield {
            GUILTY: hypothesis.guilty_node,
            DECIDER: hypothesis.decided_by,
            CLIENT: context.client,
            SERVER: context.server,
        }[part]
        return
    yield hypothesis.guilty_node
    yield from context.stateful_devices(reverse=False)
    yield from context.stateful_devices(reverse=True)


def _asked(context: Context, device: str, questions: tuple[Question, ...]) -> Asked:
    """How it ended; of several questions that would do, the best ending."""
    per_question = (context.case.answers(device, question) for question in questions)
    answers = tuple(chain.from_iterable(per_question))
    best = min(answers, key=_rank, default=None)
    if best is None or _without_a_reason(best):
        what = _CALLED[best.question if best else questions[0]]
        return Asked(device, what, Status.NOT_ASKED, _why_not(context, device, questions))
    proof = tuple(item.id for item in answers if item.status is Status.ANSWERED)[-2:]
    return Asked(device, _CALLED[best.question], best.status, best.reason, proof)


def _without_a_reason(item: Evidence) -> bool:
    """Was it not asked, and is not written down why?"""
    return item.status is Status.NOT_ASKED and not item.reason


_ON_SUSPICION = frozenset({Q.PORT_SWEEP, Q.PATH_MTU, Q.TRACE_SPREAD})


def _why_not(context: Context, device: str, questions: tuple[Question, ...]) -> str:
    """Why was nobody asked that?"""
    known = context.case.inventory.named(device)
    if only_pasted(context.case, device):
        return "only what was pasted of it is known"
    if known is None or known.login is None:
        return "it has no login"
    if not _watched(context):
        return "the run had not got that far"
    return _why_no_probe(context, set(questions)) or _why_not_there(context, device)


def _why_no_probe(context: Context, questions: set[Question]) -> str | None:
    """None = the question sends no packets of its own."""
    tries = context.flow.sport is not None and context.findings.attempts_seen
    if Q.CONNECT in questions and tries:
        return "the client was seen to try by itself"
    if questions & {Q.CONNECT, Q.PING}:
        return "no probe was wanted or allowed"
    if questions & _ON_SUSPICION:
        return "these probes are sent with `full`, otherwise only on suspicion"
    return None


def _why_not_there(context: Context, device: str) -> str:
    if device in (*context.findings.forward.names, *context.findings.reverse.names):
        return "nothing that was seen made it necessary"
    return "no path of the flow passes it"


def _watched(context: Context) -> bool:
    """Did the run come to its window? It asks for captures then, and keeps who refused them."""
    return context.findings.attempts_seen or any(
        item.question is Q.CAPTURE for item in context.case.evidence
    )


_ORDER = (Status.ANSWERED, Status.UNPARSED, Status.REFUSED, Status.NO_ANSWER, Status.NOT_ASKED)


def _rank(item: Evidence) -> int:
    return _ORDER.index(item.status)


def in_words(found: tuple[Asked, ...], hypothesis: Hypothesis) -> str:
    """Was it asked, and what came of it? One or two sentences."""
    answered = [one for one in found if one.status is Status.ANSWERED]
    failed = [one for one in found if one.status in _FAILED]
    never = [one for one in found if one.status is Status.NOT_ASKED]
    sentences = []
    if answered:
        what = listed([one.words for one in answered])
        sentences.append(f"Asked and answered: {what}{_outcome(answered, hypothesis)}.")
    if failed:
        sentences.append(
            f"Asked without success: {listed([_with_failure(one) for one in failed])}."
        )
    for reason in dict.fromkeys(one.reason for one in never):
        alike = listed([one.words for one in never if one.reason == reason])
        sentences.append(f"Not asked: {alike} ({reason}).")
    return " ".join(sentences)


_FAILED = frozenset({Status.REFUSED, Status.NO_ANSWER, Status.UNPARSED})


def _with_failure(one: Asked) -> str:
    """Of the device's own words only what it says first: `sudo refused: ...`."""
    failure = (one.reason or one.status.value).partition(": ")[0]
    return f"{one.words} ({failure})"


def _outcome(answered: list[Asked], hypothesis: Hypothesis) -> str:
    """Did what was answered speak for the hypothesis or against it?"""
    ids = set(chain.from_iterable(item.evidence for item in answered))
    touching = [reason for reason in hypothesis.reasons if ids & set(reason.evidence)]
    if not touching or hypothesis.cause in HEALTHY:
        return ""
    balance = sum(reason.weight for reason in touching)
    if balance == 0:
        return "; it leaves it open"
    return "; it speaks for this" if balance > 0 else "; it speaks against this"
