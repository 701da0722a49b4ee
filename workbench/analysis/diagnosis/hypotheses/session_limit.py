"""Is a table of sessions, a translator's range of ports, a limit of connections or a service's own
queue used up?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.model.evidence import Question
from workbench.analysis.case.findings import Findings
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis, Reason
from workbench.analysis.case.wording import some, times
from workbench.analysis.device.logbook import overflow
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.ends.accepting import (
    arrived_unanswered,
    full_sockets,
    half_open_full,
    some_full,
    swamped,
)
from workbench.analysis.diagnosis.facts.ends.listening import Listening, listening
from workbench.analysis.diagnosis.facts.ends.own_sockets import knocks
from workbench.analysis.diagnosis.facts.filters.strictness import reason_of
from workbench.analysis.diagnosis.facts.reasons import (
    DIRECT,
    REFUTES,
    STRONG,
    WEAK,
    both_ends,
    silence,
)
from workbench.analysis.diagnosis.facts.state.exhausted import has_room
from workbench.analysis.diagnosis.facts.stops.blame import Blame, Kind
from workbench.analysis.diagnosis.facts.stops.horizon import scene_of
from workbench.analysis.diagnosis.facts.stops.stops import Stop, stop_reasons, stops
from workbench.analysis.evidence.counter_deltas import counter_moved
from workbench.analysis.trace.next_hops import port_facing
from workbench.analysis.trace.pasted_devices import brought


def session_limit(findings: Findings) -> Iterable[Hypothesis]:
    """Is a table of sessions, a translator's range of ports, a limit of connections or a service's
    queue used up?"""
    scene = scene_of(findings)
    yield from _queue(scene)
    yield from _off_the_known_ways(scene)
    for stop in stops(scene):
        blame = stop.why(Kind.FULL, Kind.PORTS, Kind.LIMIT)
        if blame is not None:
            yield Hypothesis(
                Cause.SESSION_LIMIT,
                guilty_node=stop.device,
                decided_by=stop.device,
                direction=stop.direction,
                reasons=(*stop_reasons(stop, blame), *_refused(stop, blame)),
                fixes=tuple(remedies.raise_limit(stop, blame)),
                refuted_by=f"the {stop.packet} leaving {stop.device} again, or room left there",
                would_settle=(
                    "what the table, the range of ports or the limit holds, and conntrack -S, while"
                    " one tries"
                ),
                summary=(
                    f"{stop.device} takes no new session, this flow's neither:"
                    f" {reason_of(stop, blame)}"
                ),
            )


def _off_the_known_ways(scene: Scene) -> Iterator[Hypothesis]:
    """A device that somebody pasted for this flow, and to which nothing leads, says that its table
    is full now."""
    known = {*scene.findings.forward.names, *scene.findings.reverse.names}
    for name in (one.name for one in scene.case.inventory.devices if one.name not in known):
        told = overflow(scene.case, name)
        if (
            told is None
            or not told.recent
            or has_room(scene, name)
            or not brought(scene.case, name)
        ):
            continue
        text = (
            f"{name}: its kernel's log says that its session table is full:"
            f" {some(told.lines, 'line')}"
        )
        yield Hypothesis(
            Cause.SESSION_LIMIT,
            guilty_node=name,
            decided_by=name,
            direction=Direction.FORWARD,
            reasons=(
                *both_ends(scene),
                Reason(STRONG, text, told.evidence, undated=True),
                *_at_the_link(scene, name),
            ),
            refuted_by=f"a new session of this flow in the table of {name}, or a way around {name}",
            would_settle=f"whether the flow passes {name}: its routes, and those of the client",
            summary=(
                f"{name} takes no new session, as its kernel's log says; that the flow passes it"
                " was not seen"
            ),
        )


def _at_the_link(scene: Scene, name: str) -> Iterator[Reason]:
    """Is it on the link of one of the ends, as their router would be?"""
    for address in (scene.flow.src, scene.flow.dst):
        port = port_facing(scene.case, name, address)
        if port is not None:
            yield Reason(
                WEAK,
                f"{name} is on the link of {address}",
                scene.evidence(name, Question.INTERFACES),
            )
            return


def _queue(scene: Scene) -> Iterator[Hypothesis]:
    """Something listens, but takes no more: to those who knock it is as if nothing did."""
    found = listening(scene)
    if scene.server is None or found is None or not found.serves:
        return
    signs = tuple(swamped(scene, found))
    arrived = (*arrived_unanswered(scene), *_knocking(scene, signs))
    only_one = (
        len(signs) == 1
        and not arrived
        and not (full_sockets(found) and brought(scene.case, scene.server))
    )
    if not signs or only_one:
        return
    yield Hypothesis(
        Cause.SESSION_LIMIT,
        guilty_node=scene.server,
        decided_by=scene.server,
        direction=Direction.FORWARD,
        reasons=(*both_ends(scene), *signs, *arrived, *_stopped_before(scene), *silence(scene)),
        fixes=tuple(remedies.unclog(scene, found)),
        refuted_by=f"a new connection that {scene.server} answers",
        would_settle=(
            f"the queue of the listening socket on {scene.server}, and its overflow counters, while"
            " one tries"
        ),
        summary=(
            f"a process listens on {found.target} at {scene.server}, but"
            f" {_which_queue(scene, found)}"
        ),
    )


def _which_queue(scene: Scene, found: Listening) -> str:
    """What is full: the queue of half-open connections, of one socket of several, or of the
    service?"""
    if half_open_full(scene, found):
        return (
            "connections that nobody completes fill its queue of half-open ones, and SYN cookies"
            " are off"
        )
    if some_full(found):
        full = f"{len(full_sockets(found))} of the {len(found.taking)} sockets that share the port"
        return f"{full} take no more: some source ports fail"
    return "takes no more: its queue is full"


def _knocking(scene: Scene, signs: tuple[Reason, ...]) -> Iterator[Reason]:
    """Where nobody captured at a server whose very queue is full, the client's own sockets tell
    that it waits."""
    full = any(one.weight >= STRONG for one in signs)
    watched = scene.server is not None and scene.case.asked(scene.server, Question.CAPTURE)
    asked = knocks(scene) if full and not watched else ()
    if asked and scene.client:
        yield Reason(
            STRONG, f"{scene.client} waits for an answer of {scene.flow.dst} (SYN-SENT)", asked
        )


def _stopped_before(scene: Scene) -> Iterator[Reason]:
    """What stops before the service never waits in its queue."""
    for stop in stops(scene):
        if not stop.reverse and (
            stop.device != scene.server or stop.why(Kind.INPUT, Kind.REVERSE_PATH)
        ):
            evidence = (
                stop.drop.evidence if stop.drop else stop.blames[0].evidence if stop.blames else ()
            )
            yield Reason(
                REFUTES,
                f"the {stop.packet} does not get that far: {stop.device} stops it",
                evidence,
            )
            return


_COUNTERS = {Kind.FULL: "drop", Kind.PORTS: "insert_failed"}


def _refused(stop: Stop, blame: Blame) -> Iterator[Reason]:
    """Did tracking itself count what it could not take?"""
    name = _COUNTERS.get(blame.kind)
    moved = counter_moved(stop.scene.case, stop.device, name) if name else None
    if moved is not None and moved.amount > 0 and stop.drop is not None:
        text = (
            f"connection tracking on {stop.device} refused {some(moved.amount)} during the capture"
            f" ({name})"
        )
        yield Reason(DIRECT, text, moved.evidence)
    told = overflow(stop.scene.case, stop.device) if blame.kind is Kind.FULL else None
    if told is not None:
        when = " while we watched" if told.fresh else ""
        text = (
            f"the kernel of {stop.device} wrote {times(told.lines)}{when}: table full, dropping"
            " packet"
        )
        yield Reason(STRONG if told.fresh else 1.5, text, told.evidence)
