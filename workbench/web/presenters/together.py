"""What the answers of several devices, or of several looks, say only together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from collectors.model.evidence import Evidence, Status
from collectors.model.records import Neighbour, Traceroute
from collectors.playbook import neighbours, sessions, traceroute
from collectors.playbook.sessions import own_sessions
from workbench.analysis.case.wording import listed


def together(step_id: str, answers: Iterable[Evidence]) -> str:
    """One sentence over all answers to a step; empty where each speaks for itself."""
    usable = [item for item in answers if item.status is Status.ANSWERED]
    compare = COMPARED.get(step_id)
    if compare is None or not usable:
        return ""
    return compare(usable)


def _traces(answers: Sequence[Evidence]) -> str:
    """The way out beside the way back."""
    ways = {item.device: trace for item in answers for trace in item.of(Traceroute)[:1]}
    if len(ways) != 2:
        return ""
    (first, out), (last, back) = ways.items()
    lengths = [len(trace.replies) for trace in (out, back)]
    if not all(any(reply.reached for reply in trace.replies) for trace in (out, back)):
        return f"Not both traceroutes arrived: {_last(out, first)}; {_last(back, last)}."
    if lengths[0] != lengths[1]:
        return f"{lengths[0]} hops from {first}, {lengths[1]} from {last}: the two ways differ."
    return (
        f"{lengths[0]} hops both ways. Whether by the same routers, the addresses alone do not"
        " show: each answers with the address that faces the sender."
    )


def _last(trace: Traceroute, device: str) -> str:
    """How far it came."""
    heard = [reply for reply in trace.replies if reply.address is not None]
    if any(reply.reached for reply in trace.replies):
        return f"that from {device} did, after {len(trace.replies)} hops"
    return (
        f"that from {device} ends behind {heard[-1].address}"
        if heard
        else f"no device answered that from {device}"
    )


def _neighbours(answers: Sequence[Evidence]) -> str:
    """Did an address change its machine between two looks?"""
    places: dict[tuple[str, str, str], list[str]] = {}
    for item in answers:
        for entry in item.of(Neighbour):
            if entry.mac:
                places.setdefault((item.device, str(entry.address), entry.interface), []).append(
                    entry.mac
                )
    flips = [
        (place, tuple(dict.fromkeys(macs))) for place, macs in places.items() if len(set(macs)) > 1
    ]
    if flips:
        return " ".join(
            f"On {p[0]}, {p[1]} moved from {' to '.join(macs)}." for p, macs in flips[:4]
        )
    looks = max((len(macs) for macs in places.values()), default=0)
    return (
        f"Looked at up to {looks} times: no address moved to another machine." if looks > 1 else ""
    )


def _sessions(answers: Sequence[Evidence]) -> str:
    """Who knows the session, and who does not?"""
    known = {item.device: False for item in answers}
    for item in answers:
        known[item.device] = known[item.device] or bool(own_sessions(item))
    holders, others = (
        [name for name, holds in known.items() if holds is wanted] for wanted in (True, False)
    )
    if not holders or not others:
        return ""
    return f"Held by {listed(holders)}; unknown to {listed(others)}."


COMPARED: dict[str, Callable[[Sequence[Evidence]], str]] = {
    traceroute.STEP.id: _traces,
    neighbours.STEP.id: _neighbours,
    sessions.STEP.id: _sessions,
}
