"""The seven common mistakes of the field guide, recognised by their symptoms in what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from collectors.model.counters import CounterMeaning
from collectors.model.settings import ReversePathMode
from workbench.analysis.case.findings import ConnState, Findings, Hop
from workbench.analysis.case.verdict import HEALTHY, Cause, Mistake, Verdict
from workbench.analysis.case.wording import some
from workbench.analysis.device.logbook import refusals
from workbench.analysis.device.reverse_path import (
    mode_of,
    reverse_path_mode,
    unknown_strictness,
    unless_loose,
)
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.sizes.narrow_links import narrows
from workbench.analysis.diagnosis.facts.state.midflow import moved_sessions
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.diagnosis.facts.translation.translators import balances
from workbench.analysis.evidence.counter_deltas import counter_moved
from workbench.analysis.trace.parting import by_policy, hashed

Sign = tuple[str, tuple[str, ...]]
_STATE = frozenset(
    {Cause.ASYM_STATEFUL_FW, Cause.ASYM_STATEFUL_HALF_PATH, Cause.ECMP_ASYM_STATEFUL}
)
_HASH = frozenset({Cause.ECMP_ASYM_STATEFUL, Cause.ECMP_LEG_FAILURE})


def mistakes(findings: Findings, verdict: Verdict) -> tuple[Mistake, ...]:
    """Which of the common mistakes does this case show? A flow that works shows none."""
    context = context_of(findings)
    cause = verdict.best.hypothesis.cause
    if cause in HEALTHY:
        return ()
    recognised = (_recognised(context, cause, *known) for known in _KNOWN)
    return tuple(mistake for mistake in recognised if mistake is not None)


def _recognised(
    context: Context, cause: Cause, number: int, words: tuple[str, str, str], signs: Signs
) -> Mistake | None:
    seen = tuple(signs(context, cause))
    if not seen:
        return None
    evidence = tuple(dict.fromkeys(i for _, ids in seen for i in ids))
    return Mistake(number, *words, tuple(dict.fromkeys(text for text, _ in seen)), evidence)


Signs = Callable[[Context, Cause], Iterator[Sign]]


def _by_source(context: Context, cause: Cause) -> Iterator[Sign]:
    """Routing looks at who asks."""
    hops = _hops(context) if context.findings.divergent else ()
    for hop in hops:
        if by_policy(hop) and hop.by_source:
            yield f"{hop.name} routes by the sender's address: {hop.decided}", hop.evidence


def _retries_work(context: Context, cause: Cause) -> Iterator[Sign]:
    """A new source port may get another branch."""
    if cause not in _HASH:
        return
    ended = [one for one in context.findings.attempts if one.end is not ConnState.OPEN]
    good = [one for one in ended if one.end is ConnState.WORKED]
    if 0 < len(good) < len(ended):
        yield f"{len(good)} of {len(ended)} attempts worked", good[0].evidence
    for hop in (*hashed(context.findings.forward), *hashed(context.findings.reverse)):
        yield f"{hop.name} spreads flows over {len(hop.branches)} next hops", hop.evidence


def _invalid(context: Context, cause: Cause) -> Iterator[Sign]:
    """Packets that fit no session."""
    if cause not in _SPLIT:
        return
    if cause is Cause.MIDFLOW_STATE_LOSS and _expired(context):
        return  # the flow is not split
    yield from _counted_invalid(context)
    yield from _logged_invalid(context)


_SPLIT = _STATE | {
    Cause.PBR_WRONG_RETURN_GATEWAY,
    Cause.MIDFLOW_STATE_LOSS,
    Cause.NAT_RETURN_BYPASS,
}


def _expired(context: Context) -> bool:
    """Was the session's time over before the next packet came?"""
    return any(one.paused is not None for one in moved_sessions(context))


def _counted_invalid(context: Context) -> Iterator[Sign]:
    back = context.stateful_devices(reverse=True)
    for name in dict.fromkeys((*back, *context.stateful_devices(reverse=False))):
        moved = counter_moved(context.case, name, CounterMeaning.FITS_NO_SESSION)
        if moved is not None and moved.amount > 0:
            yield f"{name} called {some(moved.amount)} invalid during the capture", moved.evidence


def _logged_invalid(context: Context) -> Iterator[Sign]:
    flows = (*context.flows, *(flow.reversed() for flow in context.flows))
    for device in context.case.inventory.devices:
        for refusal in refusals(context.case, device.name, flows)[:1]:
            line = f"{refusal.prefix} {refusal.lines[-1].text}"
            if "INVALID" in line.upper():
                words = f"{device.name} logs packets of the flow that fit no session"
                yield words, refusal.evidence


def _one_host(context: Context, cause: Cause) -> Iterator[Sign]:
    """An end with several ways out."""
    ends = {context.server, context.client}
    for hop in _hops(context):
        sends = hop.device in ends and hop.iif is None
        if sends and by_policy(hop):
            yield f"{hop.name} has policy rules of its own: {hop.decided}", hop.evidence
    if cause is not Cause.RP_FILTER_STRICT:
        return
    for drop in context.drops():
        if drop.node in ends:
            yield f"{drop.node} refuses the {drop.packet} on arrival", drop.evidence


def _checks_are_green(context: Context, cause: Cause) -> Iterator[Sign]:
    """A balancer whose own path to the server is fine."""
    if cause is not Cause.LB_PARTIAL_NAT_RETURN:
        return
    balancers = [hop for hop in context.findings.forward.hops if balances(context, hop)]
    for balancer in balancers[:1]:
        yield (
            f"{balancer.name} reaches the server itself, but the users' replies take another way",
            balancer.evidence,
        )


def _size(context: Context, cause: Cause) -> Iterator[Sign]:
    """Small works, large does not."""
    if cause is not Cause.PMTUD_BLACKHOLE:
        return
    for narrow in narrows(context):
        yield (
            f"{narrow.hop.name} passes {narrow.mtu} bytes, the ends send up to {narrow.size}",
            narrow.evidence,
        )


def _anti_spoofing(context: Context, cause: Cause) -> Iterator[Sign]:
    """A strict check where ways differ."""
    if cause is not Cause.RP_FILTER_STRICT:
        return
    for hop in _hops(context):
        if hop.device is None or hop.iif is None:
            continue
        setting, _ = reverse_path_mode(context.case, hop.device, hop.iif)
        if mode_of(setting) is ReversePathMode.STRICT:
            unless = unless_loose(unknown_strictness(context.case, hop.device, hop.iif))
            yield f"{hop.name} checks reverse paths strictly on {hop.iif}{unless}", hop.evidence


def _hops(context: Context) -> tuple[Hop, ...]:
    return (*context.findings.forward.hops, *context.findings.reverse.hops)


_KNOWN: tuple[tuple[int, tuple[str, str, str], Signs], ...] = (
    (
        1,
        (
            "Some clients cannot connect, others are fine",
            (
                "routing depends on the source, so replies to some networks cross another stateful"
                " device"
            ),
            (
                "give both directions one way for this service, or let the devices share their"
                " sessions"
            ),
        ),
        _by_source,
    ),
    (
        2,
        (
            "Retries work after a while",
            "a hash picks the next hop per flow, and one of the branches drops",
            "take the bad branch out, share sessions, or hash so that both directions agree",
        ),
        _retries_work,
    ),
    (
        3,
        (
            "The firewall reports invalid state",
            (
                "the flow is split over devices that do not share sessions, or a part of it"
                " bypasses"
                " one"
            ),
            "bring both directions through one member, or share sessions between them",
        ),
        _invalid,
    ),
    (
        4,
        (
            "Only one host is broken",
            (
                "several interfaces with a strict reverse-path check, policy rules of its own, or a"
                " wrong source address"
            ),
            "loosen the check, mend its rules and routes, pin the source address",
        ),
        _one_host,
    ),
    (
        5,
        (
            "Health checks are green, users are not",
            "checks come from elsewhere than users, so their replies take another way",
            "check from where users are; make the balancer's mode fit the routing",
        ),
        _checks_are_green,
    ),
    (
        6,
        (
            "It smells like MTU, but only sometimes",
            "the ways have different sizes, or the message about it is filtered on one of them",
            "permit that message, clamp the segment size at the edge, make sizes equal",
        ),
        _size,
    ),
    (
        7,
        (
            "Strict anti-spoofing was switched on",
            "a strict check takes for granted that ways are symmetric",
            "use the loose mode where asymmetry is meant, and write the exceptions down",
        ),
        _anti_spoofing,
    ),
)
