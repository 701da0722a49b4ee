"""Does the drop lie where nobody can be asked?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.model.evidence import Question
from collectors.model.records import Socket
from collectors.model.remedy.sessions import ForgetSession
from workbench.analysis.case.findings import AttemptEnd, Fate, Findings, Watch
from workbench.analysis.case.verdict import Cause, Direction, Fix, FixClass, Hypothesis, Reason
from workbench.analysis.case.wording import listed
from workbench.analysis.device.log_drops import Dismissed, dismissed
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.ends.cut_off import CutOff, cut_off, reset_by_somebody
from workbench.analysis.diagnosis.facts.ends.hung_up import HungUp, hung_up
from workbench.analysis.diagnosis.facts.ends.ignored import Ignored, ignored
from workbench.analysis.diagnosis.facts.ends.oneway import answers_from_elsewhere
from workbench.analysis.diagnosis.facts.ends.other_resets import other_reset
from workbench.analysis.diagnosis.facts.filters.off_the_known_ways import (
    denials,
    strays,
    unanswerable,
)
from workbench.analysis.diagnosis.facts.neighbours.unheard import unheard
from workbench.analysis.diagnosis.facts.reasons import (
    DIRECT,
    REFUTES,
    STRONG,
    WEAK,
    both_ends,
    silence,
)
from workbench.analysis.diagnosis.facts.routing.circling import circles
from workbench.analysis.diagnosis.facts.sizes.sizes_tried_by_hand import only_unanswered
from workbench.analysis.diagnosis.facts.sizes.unheeded import unheeded
from workbench.analysis.diagnosis.facts.state.unreplied import unreplied
from workbench.analysis.diagnosis.facts.stops.complaints import PROBE, complaints, name_of
from workbench.analysis.diagnosis.facts.stops.departed import dead_link
from workbench.analysis.diagnosis.facts.stops.gaps import gap, parted
from workbench.analysis.diagnosis.facts.stops.horizon import (
    Horizon,
    heard_beyond,
    horizon,
    scene_of,
)
from workbench.analysis.diagnosis.facts.stops.simulation import Expected, rehearsed
from workbench.analysis.diagnosis.facts.stops.stops import stops
from workbench.analysis.diagnosis.facts.translation.foreign_answers import stranger
from workbench.analysis.diagnosis.handshake import Stage
from workbench.analysis.evidence.suspects import suspect

NOBODY_SAW = (
    "an attempt of the flow while both ends are watched, and the routes of those on the way"
)
LATE = "the service is slow, or later packets are lost where nothing can be asked"
_OPEN = frozenset({Fate.INVISIBLE, Fate.UNRESOLVED})


def unknown_beyond_visibility(findings: Findings) -> Iterable[Hypothesis]:
    """Does the drop lie where nobody can be asked?"""
    scene = scene_of(findings)
    yield Hypothesis(
        Cause.UNKNOWN_BEYOND_VISIBILITY,
        guilty_node=_suspect(scene),
        direction=_direction(scene),
        reasons=tuple(_reasons(scene)),
        refuted_by="a device that can be asked and that stops the packet",
        would_settle=_settle(scene),
        fixes=(*remedies.stay_on_the_line(hung_up(scene)), *_fixes(scene)),
        summary=_summary(scene),
    )


def _fixes(scene: Scene) -> Iterator[Fix]:
    """Other sessions of the service go to a target that answers: a new one of this flow would,
    too."""
    sent = unreplied(scene)
    if sent is not None and sent.others:
        yield Fix.of(
            FixClass.DELETE_SESSION,
            ForgetSession(sent.at, sent.session.original),
            side_effects="ends this session; the next packet makes a new one, as the rules say now",
            proof=f"a new session of this flow on {sent.at} that is answered",
        )


def _reasons(scene: Scene) -> Iterator[Reason]:
    yield from both_ends(scene)
    yield Reason(WEAK, "what cannot be seen can never be ruled out")
    found = gap(scene)
    if found is not None:
        yield Reason(DIRECT, found.text, found.evidence)
        apart = parted(scene)
        yield from [Reason(0.0, apart, found.evidence)] if apart else []
    yield from _ignored(scene)
    lost = unheard(scene)
    if lost is not None and lost.kept is None:
        yield Reason(DIRECT, lost.text, lost.evidence)
    sent = unreplied(scene)
    if sent is not None:
        yield Reason(DIRECT if sent.others else STRONG, sent.text, sent.evidence)
    yield from _vanished(scene)
    blind = blind_spots(scene)
    if blind and found is None:
        yield Reason(WEAK, f"{listed(blind)} cannot be asked")
    yield from _located(scene)
    yield from (Reason(0.0, one.text, one.evidence) for one in _dismissed(scene))
    yield from _half_open(scene)
    foreign = other_reset(scene)
    if foreign is not None:
        yield Reason(STRONG, foreign.text, foreign.evidence)
    refused = [one for one in scene.attempts if one.end is AttemptEnd.REFUSED]
    if refused and not scene.findings.sightings:
        yield Reason(
            -STRONG, "a refusal did come back: the packets are not lost", refused[0].evidence
        )
    for told in complaints(scene)[:1]:
        weight = REFUTES if told.weight > PROBE else -STRONG
        yield Reason(weight, f"{name_of(scene, told.by)} itself told the sender why", told.evidence)
    for circle in circles(scene)[:1]:
        yield Reason(2 * REFUTES, circle.text, circle.evidence)
    for deaf in list(unheeded(scene))[:1]:
        yield Reason(
            REFUTES, f"{name_of(scene, deaf.by)} itself told the sender why", deaf.evidence
        )
    for stray in (*strays(scene), *denials(scene), *unanswerable(scene)):
        yield Reason(
            REFUTES,
            f"{stray.device} itself logs that it refuses {stray.packet}",
            stray.told.evidence,
        )
    strange = stranger(scene)
    if strange is not None:
        yield Reason(
            REFUTES, "an answer does arrive, from an address that nobody asked", strange.evidence
        )
    elsewhere = _answered_from(scene)
    if elsewhere is not None:
        yield Reason(WEAK, elsewhere)
    quiet = only_unanswered(scene)
    if quiet is not None:
        yield Reason(0.0, *quiet)
    yield from silence(scene)


def _dismissed(scene: Scene) -> tuple[Dismissed, ...]:
    return tuple(dismissed(scene.case, (scene.findings.forward, scene.findings.reverse)))


def _application(scene: Scene) -> Ignored | HungUp | CutOff | None:
    """What does the server's application do that no network explains?"""
    return ignored(scene) or hung_up(scene) or cut_off(scene)


def _ignored(scene: Scene) -> Iterator[Reason]:
    silent = _application(scene)
    if silent is not None:
        yield Reason(DIRECT, silent.text, silent.evidence)
        yield Reason(
            WEAK, "both directions carry packets of that very connection meanwhile", silent.evidence
        )


def _vanished(scene: Scene) -> Iterator[Reason]:
    found = horizon(scene)
    if found is not None:
        blind = all(name in scene.unreached for name in found.hidden)
        weight = (DIRECT if found.missed else STRONG) if blind else WEAK if found.missed else 0.0
        weight = min(weight, WEAK) if heard_beyond(scene, found) else weight
        beyond = f"; {found.missed} behind it never gets it" if found.missed else ""
        text = f"{found.last} sends the packet on to {listed(found.hidden)}{beyond}"
        yield Reason(weight, text, found.evidence)


def _located(scene: Scene) -> Iterator[Reason]:
    """Somebody who can be asked is seen, or expected, to stop it."""
    seen = next((s for s in stops(scene) if s.drop is not None), None)
    expected = rehearsed(scene)
    if seen is not None and seen.blames:
        yield Reason(
            2 * REFUTES,
            f"the {seen.packet} is seen to stop at {seen.device}",
            seen.drop.evidence if seen.drop else (),
        )
    elif seen is not None and seen.left and seen.drop is not None:
        dead = dead_link(scene)
        weight = WEAK if dead is None or dead.sure else DIRECT
        yield Reason(
            weight, f"{seen.drop.where}: what is between them cannot be asked", seen.drop.evidence
        )
    elif seen is not None and not scene.case.reached(seen.device):
        weight = 0.0 if horizon(scene) else DIRECT
        evidence = seen.drop.evidence if seen.drop else ()
        yield Reason(
            weight, f"the {seen.packet} vanishes in {seen.device}, which cannot be asked", evidence
        )
    elif seen is not None:
        yield Reason(
            -WEAK, f"the {seen.packet} is seen to stop at {seen.device}, which can be asked"
        )
    elif expected is not None and expected.blames[0].certain and not _assumed(scene, expected):
        yield Reason(
            -STRONG,
            f"{expected.device} says itself that it would stop it",
            expected.blames[0].evidence,
        )
    elif scene.findings.flow_works is False:
        yield Reason(WEAK, "no device that can be asked would stop the flow, and yet it fails")


def _assumed(scene: Scene, expected: Expected) -> bool:
    """Would the device refuse the client's ACK only if the answer took another way, which nobody
    told?"""
    told = bool(scene.findings.sightings) or not scene.findings.path(True).untold
    return expected.passage.stage is Stage.CONFIRM and not told


def blind_spots(scene: Scene) -> tuple[str, ...]:
    """Which places on either way cannot be asked?"""
    paths = (scene.findings.forward, scene.findings.reverse)
    ends = tuple(f"what lies beyond {p.hops[-1].name}" for p in paths if p.fate in _OPEN and p.hops)
    return tuple(dict.fromkeys((*scene.unreached, *ends)))


def _suspect(scene: Scene) -> str | None:
    """Who is named is the one that the summary and the drop name; nobody where nothing was seen to
    fail."""
    silent = _application(scene)
    if gap(scene) is not None or silent is not None:
        return silent.server if silent is not None else None
    sent = unreplied(scene)
    if sent is not None:
        return sent.name
    drop, found = scene.findings.drop, horizon(scene)
    if drop is not None and (not scene.case.reached(drop.node) or dead_link(scene)):
        return drop.node
    if found is not None and heard_beyond(scene, found):
        return None
    if found is not None:
        return _hidden_suspect(scene, found)
    blind = blind_spots(scene)
    alone = (
        len(blind) == 1
        and blind[0] in scene.unreached
        and drop is None
        and scene.findings.flow_works is False
    )
    return blind[0] if alone and not _refused(scene) else None


def _refused(scene: Scene) -> bool:
    """Was every attempt that failed refused at once? Then a packet came back, and none is lost."""
    failed = [
        one.end for one in scene.attempts if one.end not in (AttemptEnd.WORKED, AttemptEnd.OPEN)
    ]
    return bool(failed) and all(end is AttemptEnd.REFUSED for end in failed)


def _hidden_suspect(scene: Scene, found: Horizon) -> str:
    path = scene.findings.path(found.reverse)
    return suspect(scene.case, path, [hop for hop in path.hops if hop.name in found.hidden]).name


def _direction(scene: Scene) -> Direction | None:
    lost = gap(scene)
    if lost is not None:
        return (
            None
            if lost.reverse is None
            else Direction.REVERSE
            if lost.reverse
            else Direction.FORWARD
        )
    if _application(scene) is not None:
        return Direction.REVERSE
    drop, found = scene.findings.drop, horizon(scene)
    if drop is not None or found is not None:
        reverse = drop.reverse if drop is not None else bool(found and found.reverse)
        return Direction.REVERSE if reverse else Direction.FORWARD
    if scene.server and scene.saw(scene.server, reverse=True):
        told = any(one.loss is not None for one in scene.attempts)
        return _by_loss(scene) if told else Direction.REVERSE
    if scene.server and scene.saw(scene.server, reverse=False) is False:
        return Direction.FORWARD
    return _by_sockets(scene) or _by_loss(scene)


def _by_loss(scene: Scene) -> Direction | None:
    """What do the packets of a connection that fails show by themselves?"""
    ways = {one.loss.reverse for one in scene.attempts if one.loss is not None}
    if len(ways) != 1:
        return None
    return {True: Direction.REVERSE, False: Direction.FORWARD, None: None}[ways.pop()]


def _by_sockets(scene: Scene) -> Direction | None:
    """Nobody could capture: does the server's socket answer what the client's asks, or has it heard
    nothing?"""
    asks = {one.state for one in _sockets(scene, scene.client, reverse=False)}
    hears = {one.state for one in _sockets(scene, scene.server, reverse=True)}
    if (
        "SYN-SENT" not in asks
        or scene.server is None
        or not scene.case.asked(scene.server, Question.SOCKETS)
    ):
        return None
    return Direction.REVERSE if "SYN-RECV" in hears else Direction.FORWARD


def _half_open(scene: Scene) -> Iterator[Reason]:
    """What do the two ends' sockets say, where nobody captured?"""
    if _by_sockets(scene) is Direction.REVERSE and scene.client and scene.server:
        text = (
            f"{scene.client} waits for an answer (SYN-SENT), and {scene.server} has given it"
            " (SYN-RECV)"
        )
        told = (
            *scene.evidence(scene.client, Question.SOCKETS),
            *scene.evidence(scene.server, Question.SOCKETS),
        )
        yield Reason(WEAK, text, told)


def _sockets(scene: Scene, device: str | None, reverse: bool) -> Iterator[Socket]:
    flows = [flow.reversed() if reverse else flow for flow in scene.flows]
    for one, _ in scene.case.all_records(device or "", Question.SOCKETS, Socket):
        ends = (one.local, one.local_port, one.remote, one.remote_port)
        if any(
            ends == (flow.src, flow.sport or ends[1], flow.dst, flow.dport or ends[3])
            for flow in flows
        ):
            yield one


def _settle(scene: Scene) -> str:
    lost = gap(scene)
    if lost is not None:
        return lost.settle
    silent = _application(scene)
    if silent is not None:
        return silent.settle
    sent = unreplied(scene)
    if sent is not None:
        return sent.settle
    blind, drop = blind_spots(scene), scene.findings.drop
    unasked = unheard(scene)
    if unasked is not None:
        return (
            f"what joins {unasked.asker} and {unasked.holder}: its ports, VLANs and filters, and a"
            " capture there"
        )
    if other_reset(scene) is not None:
        return "a capture at the server of the same time: did it send that RST?"
    reset = reset_by_somebody(scene)
    if reset is not None:
        return reset.settle
    aside = _dismissed(scene) if drop is None else ()
    if aside:
        return (
            f"new lines of the log of {aside[0].device}, or its counters before and after an"
            " attempt"
        )
    if blind:
        dark = [name for name in (_suspect(scene), blind[0]) if name in scene.unreached]
        return f"a capture at {dark[0]}, or its own answers" if dark else NOBODY_SAW
    dead = dead_link(scene)
    if dead is not None:
        return f"the counters of both ends of the link {dead.where}, and of what lies between them"
    if drop is not None:
        return f"the packet filter, routes and sockets of {drop.node}, read with all rights"
    return "an attempt of the flow while all watch it"


def _summary(scene: Scene) -> str:
    lost = gap(scene)
    if lost is not None:
        return lost.text
    silent = _application(scene)
    if silent is not None:
        return silent.text
    unasked = unheard(scene)
    if unasked is not None:
        return f"{unasked.text}: they are lost on the link between the two"
    found, blind, sent = horizon(scene), blind_spots(scene), unreplied(scene)
    if sent is not None:
        return sent.text
    if found is not None:
        place = f"{listed(found.hidden)}, which cannot be watched"
        if heard_beyond(scene, found):
            target = scene.findings.path(found.reverse).flow.dst
            return (
                f"{found.last} sends the packets on to {place}, and no answer comes; {target}"
                f" answers pings, so a filter on the way or at {target} itself may stop them:"
                " which, cannot be known from here"
            )
        return f"{found.last} sends the packets on to {place}, and there they vanish"
    foreign = other_reset(scene)
    if foreign is not None:
        return f"the connection was reset: {foreign.text}"
    reset = reset_by_somebody(scene)
    if reset is not None:
        return reset.text
    if blind:
        if scene.findings.flow_works is None and scene.findings.drop is None:
            aside = _dismissed(scene)
            if aside:
                return f"nothing that was seen tells whether the flow works now. {aside[0].text}"
            return (
                f"nothing that was seen tells whether the flow works: {listed(blind)} cannot be"
                " asked"
            )
        shown = next((f"{one.loss.text}; " for one in scene.attempts if one.loss is not None), "")
        if _refused(scene):
            return (
                f"the connection is refused at once, and nothing here tells why: {listed(blind)}"
                " cannot be asked"
            )
        if _only_late(scene):
            return (
                f"connections are made and what they ask is not answered in time: {LATE}"
                f" ({listed(blind)})"
            )
        return f"{shown}the packets are lost where nothing can be asked: {listed(blind)}"
    dead = dead_link(scene)
    if dead is not None:
        return f"packets vanish {dead.where}: {dead.drop.where}"
    if scene.findings.flow_works is None and scene.findings.drop is None:
        return _answered_from(scene) or "nothing that was seen tells whether the flow works"
    return _answered_from(scene) or "nothing that was seen so far explains the failure"


def _only_late(scene: Scene) -> bool:
    """Did somebody's own attempts say that they connected, and is that, and a missing answer, all
    that is known?"""
    failed = [one for one in scene.attempts if one.end not in (AttemptEnd.WORKED, AttemptEnd.OPEN)]
    return bool(failed) and all(
        one.end is AttemptEnd.STALLED and one.watch is Watch.PROBE for one in failed
    )


def _answered_from(scene: Scene) -> str | None:
    """A service on several addresses must answer from the one that was asked."""
    other = answers_from_elsewhere(scene)
    where = f"{other.src} port {other.sport}" if other is not None else ""
    return (
        f"{scene.server} answers from {where}, not from what was asked: the client waits for"
        " another"
        if other
        else None
    )
