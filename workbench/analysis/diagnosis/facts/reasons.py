"""Arguments that several hypotheses share. The weights are explained in docs/verdicts.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from workbench.analysis.captures.crossing import fingerprint
from workbench.analysis.case.findings import Sighting
from workbench.analysis.case.verdict import Drop, Reason
from workbench.analysis.case.wording import some
from workbench.analysis.device.log_drops import let_pass
from workbench.analysis.device.logbook import Refusal, refusals
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.ends.hanging import hanging
from workbench.analysis.diagnosis.facts.loss.healed import healed
from workbench.analysis.diagnosis.facts.neighbours.duplicate_addresses import Twins
from workbench.analysis.diagnosis.facts.stops.blame import Blame
from workbench.analysis.diagnosis.facts.stops.departed import departed
from workbench.analysis.diagnosis.facts.working.proof import DOUBTFUL, proof
from workbench.analysis.diagnosis.handshake import Stage, stage_of
from workbench.analysis.evidence.counter_deltas import (
    counter_moved,
    forward_drops,
    policy_moved,
    rule_moved,
)

# seen to happen: a capture, a session, an answer of the device about exactly this packet
DIRECT = 3.0
STRONG = 2.0  # follows from what two devices say, or the very counter moved
WEAK = 1.0  # the configuration makes it possible
REFUTES = -3.0
WORKS = -6.0


def both_ends(scene: Scene) -> Iterator[Reason]:
    """Does the flow work at all? Then no cause of failure stands."""
    if scene.findings.flow_works and not hanging(scene):
        found = proof(scene)
        weight = REFUTES if found.limit <= DOUBTFUL else WORKS
        yield Reason(
            weight, f"an attempt got through: {found.text}", found.evidence or ends_evidence(scene)
        )
        late = healed(scene.findings) if not found.doubtful else None
        if late is not None:
            text = (
                f"what {late.node} dropped was sent again, and each of these connections came"
                " through in the end"
            )
            yield Reason(WORKS, text, late.evidence)


def ends_evidence(scene: Scene) -> tuple[str, ...]:
    """The answers of both ends that show whether the flow works."""
    ends = [name for name in (scene.client, scene.server) if name]
    asked = (Question.CAPTURE, Question.SOCKETS, Question.CONNECT)
    return tuple(i for name in ends for i in scene.evidence(name, *asked))


def led_astray(doubled: Twins | None, device: str | None) -> Iterator[Reason]:
    """Do packets reach this machine only because two of them answer for one address?"""
    if doubled is not None:
        text = f"{doubled.text}, and {doubled.router} sends what is for it to {device}"
        yield Reason(WEAK, text, doubled.evidence)


def astray_words(doubled: Twins | None) -> str:
    """The same in short, for a headline."""
    return f"; {doubled.text}, and {doubled.router} chose this one" if doubled else ""


def stopped_here(scene: Scene, device: str, reverse: bool) -> Iterator[Reason]:
    """Was the packet seen to stop exactly here, or elsewhere?"""
    here = located(scene, device, reverse)
    if here is not None:
        yield here
    elif scene.findings.drop is not None:
        yield _elsewhere(scene, scene.findings.drop, device, reverse)


def located(scene: Scene, device: str, reverse: bool) -> Reason | None:
    """The packet was seen to come in here and not go out, or to be answered by nothing that ever
    left."""
    for drop in scene.drops(reverse):
        if drop.node == device and departed(scene, drop):
            text = f"the {_packet(scene, drop)} is not stopped by {device} itself: {drop.where}"
            return Reason(REFUTES, text, drop.evidence)
        if drop.node == device:
            text = f"the {_packet(scene, drop)} stops at {device}: {drop.where}"
            return Reason(
                STRONG if drop.undated else DIRECT, text, drop.evidence, undated=drop.undated
            )
    for drop in scene.drops(not reverse):
        if drop.node == device and _never_answered(scene, drop):
            return Reason(
                DIRECT,
                f"the {_packet(scene, drop)} reached {device}, and no answer left it",
                drop.evidence,
            )
    return None


def _packet(scene: Scene, drop: Drop) -> str:
    return named(scene, drop, stage_of(drop.packet, drop.reverse, scene.flow.protocol))


def _never_answered(scene: Scene, drop: Drop) -> bool:
    """Did the packet come to the end of its way, and nothing came of it?"""
    return drop.node == (scene.client if drop.reverse else scene.server)


def _elsewhere(scene: Scene, drop: Drop, device: str, reverse: bool) -> Reason:
    """A request that stops before any reply is sent leaves nothing for a later device to refuse."""
    stage = stage_of(drop.packet, drop.reverse, scene.flow.protocol)
    earlier = stage is Stage.OPENING and reverse
    weight = 2 * REFUTES if earlier else REFUTES
    return Reason(
        weight, f"the {_packet(scene, drop)} stops at {drop.node}, not at {device}", drop.evidence
    )


def logged(scene: Scene, device: str, reverse: bool) -> Iterator[Reason]:
    """Does the device's own log name packets of this flow as refused? Written in the window, it was
    seen to happen."""
    flows = [f.reversed() for f in scene.flows] if reverse else list(scene.flows)
    for found in refusals(scene.case, device, flows)[:1]:
        by = f", and what refuses them is {found.refuser}" if found.refuser else ""
        when = " while we watched" if found.fresh else ""
        undated = found.doubtful
        yield Reason(
            _weight(found), f"{device}: {found.words}{when}{by}", found.evidence, undated=undated
        )
        yield from _let_pass(scene, found, reverse)


def _weight(found: Refusal) -> float:
    if found.old:
        return 0.0
    if found.fresh:
        return DIRECT if found.explained else STRONG
    return STRONG if found.pasted and found.explained else 1.5


def _let_pass(scene: Scene, found: Refusal, reverse: bool) -> Iterator[Reason]:
    """Rules that were changed since, or that others wrote: what stands there now speaks against the
    line."""
    hop = scene.hop(found.device, reverse)
    now = let_pass(scene.case, hop, found, reverse) if hop is not None and found.pasted else None
    if now is not None:
        text = f"the rules that {found.device} shows let such a packet pass"
        yield Reason(-DIRECT, text, now.evidence)


def passed_here(
    scene: Scene, device: str, reverse: bool, of: Iterable[Flow] = ()
) -> Iterator[Reason]:
    """Did a capture see the packet leave this device again? `of`: only what these connections sent
    last counts."""
    sighting = scene.sighting(device, reverse)
    if sighting is None or any(d.node == device for d in scene.drops(reverse)):
        return
    if _last_went_out(sighting, tuple(of)):
        way = "reply" if reverse else "request"
        yield Reason(
            REFUTES, f"the capture on {device} saw the {way} go out again", sighting.evidence
        )


def _last_went_out(sighting: Sighting, of: tuple[Flow, ...]) -> bool:
    """Did the newest packet that came in go out again? Earlier ones of a connection passed before
    it was cut."""
    if not of:
        return bool(sighting.went_out)
    both = {*of, *(flow.reversed() for flow in of)}
    came = max((p for p in sighting.came_in if p.flow in both), key=lambda p: p.time, default=None)
    return came is not None and fingerprint(came) in {fingerprint(p) for p in sighting.went_out}


def rule_counted(scene: Scene, device: str, blame: Blame) -> Iterator[Reason]:
    """Did the very rule that would drop it count packets in the window?"""
    moved = None
    if blame.rule is not None:
        moved = rule_moved(scene.case, device, blame.rule)
    elif blame.chain is not None:
        moved = policy_moved(scene.case, device, blame.chain)
    if moved is not None and moved.amount > 0:
        yield Reason(
            STRONG,
            f"that rule of {device} counted {some(moved.amount)} during the capture",
            moved.evidence,
        )
    elif moved is not None and scene.findings.attempts_seen and blame.rule is not None:
        yield Reason(
            -STRONG, f"that rule of {device} counted nothing during the capture", moved.evidence
        )
    else:
        yield from drops_counted(scene, device)


def drops_counted(scene: Scene, device: str) -> Iterator[Reason]:
    """Did the device take packets for forwarding that it never sent?"""
    moved = forward_drops(scene.case, device, scene.flow.version)
    if moved is not None and moved.amount > 0:
        yield Reason(
            1.5,
            f"{device} took in {some(moved.amount)} to forward and did not send them on",
            moved.evidence,
        )


def invalid_counted(scene: Scene, device: str) -> Iterator[Reason]:
    """Did conntrack count packets that fit no session? By itself this is no verdict."""
    moved = counter_moved(scene.case, device, "invalid")
    if moved is not None and moved.amount > 0:
        yield Reason(
            0.5,
            f"conntrack on {device} called {some(moved.amount)} invalid during the capture",
            moved.evidence,
        )


def configured(blame: Blame) -> Reason:
    """Its configuration says that it would."""
    return Reason(STRONG if blame.certain else WEAK, blame.text, blame.evidence)


def silence(scene: Scene) -> Iterator[Reason]:
    """Was the flow attempted at all while we watched?"""
    seen = scene.findings.attempts_seen or any(
        one.came_in or one.went_out for one in scene.findings.sightings
    )
    if not seen and scene.findings.flow_works is None:
        yield Reason(
            0.0,
            "no packet of the flow was captured, so this rests on what the devices say of"
            " themselves",
        )


def word(scene: Scene, stage: Stage) -> str:
    """What an engineer calls that packet of this flow."""
    return stage.word(scene.flow.protocol)


def named(scene: Scene, drop: Drop | None, stage: Stage) -> str:
    """The packet as it was seen; datagrams by what they are to the flow."""
    seen = drop.packet if drop is not None else ""
    return seen if seen and seen not in ("UDP", "ICMP") else word(scene, stage)
