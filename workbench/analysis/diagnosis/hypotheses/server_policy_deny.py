"""Does the server's own packet filter deny this flow?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.analysis.captures.time_spans import another_time
from workbench.analysis.case.findings import Findings, Sighting
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis, Reason
from workbench.analysis.case.wording import some
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.ends.listening import listening
from workbench.analysis.diagnosis.facts.ends.signed import Unsigned, unsigned
from workbench.analysis.diagnosis.facts.filters.strictness import reason_of
from workbench.analysis.diagnosis.facts.neighbours.duplicate_addresses import misdirected
from workbench.analysis.diagnosis.facts.neighbours.mute import dead_entry, mute, woken
from workbench.analysis.diagnosis.facts.neighbours.solicitation import deaf, last_router
from workbench.analysis.diagnosis.facts.reasons import (
    DIRECT,
    STRONG,
    WEAK,
    astray_words,
    both_ends,
    led_astray,
    located,
    logged,
)
from workbench.analysis.diagnosis.facts.stops.blame import Blame, Kind
from workbench.analysis.diagnosis.facts.stops.complaints import Kind as Told
from workbench.analysis.diagnosis.facts.stops.complaints import complaint, complaint_reasons
from workbench.analysis.diagnosis.facts.stops.horizon import scene_of
from workbench.analysis.diagnosis.facts.stops.stops import Stop, stop_reasons, stops
from workbench.analysis.evidence.counter_deltas import counter_moved


def server_policy_deny(findings: Findings) -> Iterable[Hypothesis]:
    """Does the server's own packet filter deny this flow?"""
    scene = scene_of(findings)
    yield from _complained(scene)
    for stop in stops(scene):
        blame = (
            stop.why(Kind.INPUT, Kind.OUTPUT, Kind.STATELESS, Kind.POLICY)
            if stop.device == scene.server
            else None
        )
        if blame is not None:
            doubled = None if stop.reverse else misdirected(scene, stop.device)
            yield Hypothesis(
                Cause.SERVER_POLICY_DENY,
                guilty_node=stop.device,
                decided_by=doubled.router if doubled else stop.device,
                direction=stop.direction,
                reasons=(
                    *stop_reasons(stop, blame),
                    *_reasons(stop),
                    *led_astray(doubled, stop.device),
                ),
                fixes=(
                    *remedies.one_holder(scene, doubled, stop.device),
                    *remedies.allow_on_host(stop, blame),
                ),
                refuted_by="the server answering the request",
                would_settle=_settles(blame),
                summary=(
                    f"{_who_denies(stop.device, blame)} the {stop.packet}"
                    f" ({reason_of(stop, blame)}){astray_words(doubled)}"
                ),
            )
    yield from _unsigned(scene)
    yield from _hidden(scene)
    yield from _deaf(scene)
    yield from _mute(scene)


def _by_setting(blame: Blame) -> bool:
    """Is it a setting of its kernel, and no rule of a filter?"""
    return (
        blame.rule is None
        and blame.chain is None
        and blame.text.partition(": ")[2].startswith("net.")
    )


def _who_denies(server: str, blame: Blame) -> str:
    return (
        f"a setting of {server} denies"
        if _by_setting(blame)
        else f"{server}'s own packet filter denies"
    )


def _settles(blame: Blame) -> str:
    if _by_setting(blame):
        return "an attempt after the setting is changed"
    return "the counter of that rule on the server before and after an attempt"


def _unsigned(scene: Scene) -> Iterator[Hypothesis]:
    """The listening socket takes signed segments only, as routers that speak BGP ask of each
    other."""
    found = unsigned(scene)
    if found is None:
        return
    yield Hypothesis(
        Cause.SERVER_POLICY_DENY,
        guilty_node=found.server,
        decided_by=found.server,
        direction=Direction.FORWARD,
        reasons=(
            *both_ends(scene),
            Reason(STRONG, found.text, found.evidence),
            Reason(
                STRONG,
                f"the {found.drop.packet} reaches {found.server} and is not answered",
                found.drop.evidence,
            ),
        ),
        fixes=tuple(remedies.sign_alike(scene, found)),
        refuted_by=_unless(found),
        would_settle=_told_by(found),
        summary=f"{found.server} throws the client's segments away: they come {found.lacks}",
    )


def _unless(found: Unsigned) -> str:
    if found.aged:
        return f"{found.server} answering a segment with as small a TTL"
    return f"a signed connection that {found.server} does not answer either"


def _told_by(found: Unsigned) -> str:
    if found.aged:
        return (
            f"what the service on {found.server} sets for this peer (TTL security), and the TTL of"
            " what comes"
        )
    return f"the keys of the service on {found.server} and of the client: for whom, and since when"


def _mute(scene: Scene) -> Iterator[Hypothesis]:
    """The server answers nobody who asks for its hardware address: only whom it asks itself can
    reach it."""
    why, dead, changed = mute(scene), dead_entry(scene), woken(scene)
    if why is None or dead is None:
        return
    router, states, proof = dead
    silent = (
        f"{router.name} got no answer from {why.device} when it asked for its hardware address"
        f" (entry {states})"
    )
    yield Hypothesis(
        Cause.SERVER_POLICY_DENY,
        guilty_node=why.device,
        decided_by=why.device,
        direction=Direction.FORWARD,
        reasons=(
            *(both_ends(scene) if changed is None else ()),
            Reason(DIRECT, silent, proof),
            Reason(STRONG, f"{why.device}: {why.why}", why.evidence),
            *([Reason(WEAK, changed.text, changed.evidence)] if changed else []),
        ),
        fixes=tuple(remedies.answer_neighbours(why)),
        refuted_by=(
            f"a neighbour entry for {why.device} that is answered while {why.device} itself says"
            " nothing"
        ),
        would_settle=(
            f"the neighbour table of {router.name} some minutes after the last packet from"
            f" {why.device}"
        ),
        summary=(
            f"{why.device} tells nobody its hardware address ({why.why}), so {router.name} can hand"
            " it nothing"
        )
        + (", until it speaks itself, as a probe of ours made it do" if changed else ""),
    )


def _deaf(scene: Scene) -> Iterator[Hypothesis]:
    """IPv6: the server's filter drops what neighbours ask each other, so packets cannot be handed
    over."""
    found = deaf(scene)
    if found is None or scene.server is None:
        return
    hop, outcome = found
    reverse = hop.iif is None
    text = (
        f"{scene.server} keeps neighbour messages out, so its link is dead to it: {outcome.words}"
    )
    silent = last_router(scene)
    seen = located(scene, scene.server, reverse)
    yield Hypothesis(
        Cause.SERVER_POLICY_DENY,
        guilty_node=scene.server,
        decided_by=scene.server,
        direction=Direction.REVERSE if reverse else Direction.FORWARD,
        reasons=(
            *both_ends(scene),
            Reason(STRONG, text, outcome.evidence),
            *(
                [Reason(DIRECT, silent[1].text, silent[1].evidence)]
                if silent
                else [seen]
                if seen
                else []
            ),
        ),
        fixes=tuple(remedies.hear_neighbours(scene, scene.server)),
        refuted_by=f"a neighbour entry for {scene.server} that answers",
        would_settle=(
            f"the neighbour table of {scene.server} and of its router while one pings the other"
        ),
        summary=f"{scene.server}'s own packet filter drops neighbour discovery: {outcome.words}",
    )


def _hidden(scene: Scene) -> Iterator[Hypothesis]:
    """The server may not be watched, nor its rules be read: packets are handed to it, it listens,
    and it is silent."""
    last = _handed_over(scene)
    found = listening(scene)
    if (
        scene.server is None
        or last is None
        or found is None
        or not found.serves
        or scene.filters_known(scene.server)
    ):
        return
    evidence = (*(last.evidence), *found.evidence)
    text = (
        f"{last.device} hands the packets to {scene.server}, which listens for them and answers"
        " nothing"
    )
    told = _told(scene, scene.server)
    why = "its own packet filter, as its log tells" if told else "most likely its own packet filter"
    yield Hypothesis(
        Cause.SERVER_POLICY_DENY,
        guilty_node=scene.server,
        decided_by=scene.server,
        direction=Direction.FORWARD,
        reasons=(
            *both_ends(scene),
            Reason(STRONG, text, evidence),
            Reason(1.5, f"the rules of {scene.server} may not be read: they remain"),
            *told,
            *_undelivered(scene, scene.server),
        ),
        refuted_by="the server answering the request",
        would_settle=f"the packet filter of {scene.server}, and a capture there",
        summary=f"{scene.server} gets the packets, listens, and answers nothing: {why}",
    )


def _told(scene: Scene, server: str) -> tuple[Reason, ...]:
    """What the server's own log says of it."""
    seen = located(scene, server, reverse=False)
    return (seen,) if seen is not None else tuple(logged(scene, server, reverse=False))


def _handed_over(scene: Scene) -> Sighting | None:
    """The last hop before the server, if its capture saw packets go to the server and none come
    back."""
    names = scene.findings.forward.names
    if len(names) < 2 or scene.server != names[-1] or not scene.case.reached(scene.server):
        return None
    if scene.sighting(scene.server, reverse=False) is not None or scene.saw(
        names[-2], reverse=True
    ):
        return None
    if another_time(scene.case, scene.server, names[-2:-1]):
        return None  # what it did then, nobody saw
    there = scene.sighting(names[-2], reverse=False)
    return there if there is not None and there.went_out else None


def _reasons(stop: Stop) -> Iterator[Reason]:
    yield from _undelivered(stop.scene, stop.device)


def _undelivered(scene: Scene, device: str) -> Iterator[Reason]:
    received = counter_moved(scene.case, device, "IpInReceives")
    delivered = counter_moved(scene.case, device, "IpInDelivers")
    if received and delivered and received.amount > delivered.amount:
        text = (
            f"{device} received {some(received.amount)} and delivered {delivered.amount} during the"
            " capture"
        )
        yield Reason(0.5, text, received.evidence)


def _complained(scene: Scene) -> Iterator[Hypothesis]:
    """The server, which cannot be asked, told the client so itself."""
    found = complaint(scene, Told.PROHIBITED, by_server=True)
    if found is not None and not found.reverse:
        name = scene.server or str(found.by)
        yield Hypothesis(
            Cause.SERVER_POLICY_DENY,
            guilty_node=name,
            decided_by=name,
            direction=Direction.FORWARD,
            reasons=tuple(complaint_reasons(scene, found)),
            refuted_by="the server answering the request",
            would_settle=(
                f"the packet filter of {name}, and its counters before and after an attempt"
            ),
            summary=(
                f'{name} refuses the request by its own filter: it told the client "{found.kind}"'
            ),
        )
