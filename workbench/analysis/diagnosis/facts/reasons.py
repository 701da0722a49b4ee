"""Arguments that several hypotheses share. The weights are explained in docs/verdicts.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.model.counters import CounterMeaning
from collectors.model.evidence import Question
from collectors.model.flow import Flow
from workbench.analysis.captures.observations import fingerprint
from workbench.analysis.case.drop import Drop
from workbench.analysis.case.findings import Observation
from workbench.analysis.case.packet_kinds import DATAGRAMS
from workbench.analysis.case.verdict import Reason
from workbench.analysis.case.wording import some
from workbench.analysis.device.log_drops import let_pass
from workbench.analysis.device.logbook import LoggedRefusal, refusals
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.ends.hanging import hanging
from workbench.analysis.diagnosis.facts.loss.healed import healed
from workbench.analysis.diagnosis.facts.neighbours.duplicate_addresses import Twins
from workbench.analysis.diagnosis.facts.stops.departed import departed
from workbench.analysis.diagnosis.facts.stops.explanations import DropExplanation
from workbench.analysis.diagnosis.facts.working.proof import DOUBTFUL, proof
from workbench.analysis.diagnosis.handshake import HandshakeStep, handshake_step_of
from workbench.analysis.evidence.counter_deltas import (
    CounterDelta,
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


def both_ends(context: Context) -> Iterator[Reason]:
    """Does the flow work at all? Then no cause of failure stands."""
    if not context.findings.flow_works or hanging(context):
        return
    found = proof(context)
    weight = REFUTES if found.limit <= DOUBTFUL else WORKS
    shown = found.evidence or ends_evidence(context)
    yield Reason(weight, f"an attempt got through: {found.text}", shown)
    late = healed(context.findings)
    if late is not None and not found.doubtful:
        text = (
            f"what {late.node} dropped was sent again, and each of these connections came"
            " through in the end"
        )
        yield Reason(WORKS, text, late.evidence)


def ends_evidence(context: Context) -> tuple[str, ...]:
    """The answers of both ends that show whether the flow works."""
    asked = (Question.CAPTURE, Question.SOCKETS, Question.CONNECT)
    found: list[str] = []
    for name in context.ends:
        found.extend(context.evidence(name, *asked))
    return tuple(found)


def led_astray(doubled: Twins | None, device: str | None) -> Iterator[Reason]:
    """Do packets reach this machine only because two of them answer for one address?"""
    if doubled is not None:
        text = f"{doubled.text}, and {doubled.router} sends what is for it to {device}"
        yield Reason(WEAK, text, doubled.evidence)


def astray_words(doubled: Twins | None) -> str:
    """The same in short, for a headline."""
    return f"; {doubled.text}, and {doubled.router} chose this one" if doubled else ""


def stopped_here(context: Context, device: str, reverse: bool) -> Iterator[Reason]:
    """Was the packet seen to stop exactly here, or elsewhere?"""
    here = located(context, device, reverse)
    if here is not None:
        yield here
    elif context.findings.drop is not None:
        yield _elsewhere(context, context.findings.drop, device, reverse)


def located(context: Context, device: str, reverse: bool) -> Reason | None:
    """The packet was seen to come in here and not go out, or to be answered by nothing that ever
    left."""
    for drop in context.drops(reverse):
        if drop.node == device:
            return _stops_at(context, drop)
    for drop in context.drops(not reverse):
        if drop.node == device and _never_answered(context, drop):
            text = f"the {_packet(context, drop)} reached {device}, and no answer left it"
            return Reason(DIRECT, text, drop.evidence)
    return None


def _stops_at(context: Context, drop: Drop) -> Reason:
    packet = _packet(context, drop)
    if departed(context, drop):
        text = f"the {packet} is not stopped by {drop.node} itself: {drop.where}"
        return Reason(REFUTES, text, drop.evidence)
    weight = STRONG if drop.undated else DIRECT
    text = f"the {packet} stops at {drop.node}: {drop.where}"
    return Reason(weight, text, drop.evidence, undated=drop.undated)


def _packet(context: Context, drop: Drop) -> str:
    return named(context, drop, handshake_step_of(drop.packet, drop.reverse))


def _never_answered(context: Context, drop: Drop) -> bool:
    """Did the packet come to the end of its way, and nothing came of it?"""
    return drop.node == (context.client if drop.reverse else context.server)


def _elsewhere(context: Context, drop: Drop, device: str, reverse: bool) -> Reason:
    """A request that stops before any reply is sent leaves nothing for a later device to refuse."""
    step = handshake_step_of(drop.packet, drop.reverse)
    earlier = step is HandshakeStep.OPENING and reverse
    weight = 2 * REFUTES if earlier else REFUTES
    return Reason(
        weight, f"the {_packet(context, drop)} stops at {drop.node}, not at {device}", drop.evidence
    )


def logged(context: Context, device: str, reverse: bool) -> Iterator[Reason]:
    """Does the device's own log name packets of this flow as refused? Written in the window, it was
    seen to happen."""
    flows = [f.reversed() for f in context.flows] if reverse else list(context.flows)
    for found in refusals(context.case, device, flows)[:1]:
        by = f", and what refuses them is {found.refuser}" if found.refuser else ""
        when = " while we watched" if found.fresh else ""
        undated = found.doubtful
        yield Reason(
            _weight(found), f"{device}: {found.words}{when}{by}", found.evidence, undated=undated
        )
        yield from _let_pass(context, found, reverse)


def _weight(found: LoggedRefusal) -> float:
    if found.old:
        return 0.0
    if found.fresh:
        return DIRECT if found.explained else STRONG
    by_pasted_rules = found.pasted and found.explained
    return STRONG if by_pasted_rules else 1.5


def _let_pass(context: Context, found: LoggedRefusal, reverse: bool) -> Iterator[Reason]:
    """Rules that were changed since, or that others wrote: what stands there now speaks against the
    line."""
    hop = context.hop(found.device, reverse)
    if hop is None or not found.pasted:
        return
    now = let_pass(context.case, hop, found, reverse)
    if now is not None:
        text = f"the rules that {found.device} shows let a packet like this pass"
        yield Reason(-DIRECT, text, now.evidence)


def passed_here(
    context: Context, device: str, reverse: bool, of: Iterable[Flow] = ()
) -> Iterator[Reason]:
    """Did a capture see the packet leave this device again? `of`: only what these connections sent
    last counts."""
    observation = context.observation(device, reverse)
    dropping = {drop.node for drop in context.drops(reverse)}
    if observation is None or device in dropping:
        return
    if _last_went_out(observation, tuple(of)):
        packet = "reply" if reverse else "request"
        text = f"the capture on {device} saw the {packet} go out again"
        yield Reason(REFUTES, text, observation.evidence)


def _last_went_out(observation: Observation, of: tuple[Flow, ...]) -> bool:
    """Did the newest packet that came in go out again? Earlier ones of a connection passed before
    it was cut."""
    if not of:
        return bool(observation.went_out)
    wanted = {*of, *(flow.reversed() for flow in of)}
    arrived = [packet for packet in observation.came_in if packet.flow in wanted]
    if not arrived:
        return False
    newest = max(arrived, key=lambda packet: packet.time)
    return fingerprint(newest) in set(map(fingerprint, observation.went_out))


def rule_counted(context: Context, device: str, explanation: DropExplanation) -> Iterator[Reason]:
    """Did the very rule that would drop it count packets in the window?"""
    moved = _moved(context, device, explanation)
    counted = moved is not None and moved.amount > 0
    tried = context.findings.attempts_seen and explanation.rule is not None
    if moved is not None and counted:
        text = f"that rule of {device} counted {some(moved.amount)} during the capture"
        yield Reason(STRONG, text, moved.evidence)
    elif moved is not None and tried:
        text = f"that rule of {device} counted nothing during the capture"
        yield Reason(-STRONG, text, moved.evidence)
    else:
        yield from drops_counted(context, device)


def _moved(context: Context, device: str, explanation: DropExplanation) -> CounterDelta | None:
    """What the rule, or else the chain's policy, counted."""
    if explanation.rule is not None:
        return rule_moved(context.case, device, explanation.rule)
    if explanation.chain is not None:
        return policy_moved(context.case, device, explanation.chain)
    return None


def drops_counted(context: Context, device: str) -> Iterator[Reason]:
    """Did the device take packets for forwarding that it never sent?"""
    moved = forward_drops(context.case, device, context.flow.version)
    if moved is not None and moved.amount > 0:
        yield Reason(
            1.5,
            f"{device} took in {some(moved.amount)} to forward and did not send them on",
            moved.evidence,
        )


def invalid_counted(context: Context, device: str) -> Iterator[Reason]:
    """Did conntrack count packets that fit no session? By itself this is no verdict."""
    moved = counter_moved(context.case, device, CounterMeaning.FITS_NO_SESSION)
    if moved is not None and moved.amount > 0:
        yield Reason(
            0.5,
            f"conntrack on {device} called {some(moved.amount)} invalid during the capture",
            moved.evidence,
        )


def configured(explanation: DropExplanation) -> Reason:
    """Its configuration says that it would."""
    return Reason(STRONG if explanation.certain else WEAK, explanation.text, explanation.evidence)


def silence(context: Context) -> Iterator[Reason]:
    """Was the flow attempted at all while we watched?"""
    findings = context.findings
    captured = any(one.came_in or one.went_out for one in findings.observations)
    if findings.attempts_seen or captured or findings.flow_works is not None:
        return
    yield Reason(
        0.0,
        "no packet of the flow was captured, so this rests on what the devices report"
        " about themselves",
    )


def word(context: Context, step: HandshakeStep) -> str:
    """What an engineer calls that packet of this flow."""
    return step.word(context.flow.protocol)


def named(context: Context, drop: Drop | None, step: HandshakeStep) -> str:
    """The packet as it was seen; datagrams by what they are to the flow."""
    if drop is None or drop.packet in DATAGRAMS:
        return word(context, step)
    return drop.packet
