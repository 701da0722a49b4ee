"""Why would a device stop this packet? Each check reads the device's own settings; none decides the
verdict."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Question
from collectors.model.flow import Protocol
from collectors.model.records import Match, Neighbour
from collectors.model.remedy.filters import AnswerEcho
from workbench.analysis.case.findings import Fate, Hop
from workbench.analysis.device.filtering import Outcome, Ruling
from workbench.analysis.device.hop_filtering import at_hop
from workbench.analysis.device.matching import State
from workbench.analysis.device.policers import thins
from workbench.analysis.device.reverse_path import reverse_check
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.ends.listening import listening
from workbench.analysis.diagnosis.facts.state.exhausted import (
    deciding_limit,
    full_table,
    limit_counted,
    no_port,
    reached,
)
from workbench.analysis.diagnosis.facts.stops.drop_reasons import Blame, Kind, Passage
from workbench.analysis.diagnosis.handshake import FLAGS, Stage

__all__ = ["Blame", "Kind", "Passage", "blames", "unanswered"]


def blames(scene: Scene, passage: Passage) -> Iterator[Blame]:
    """Everything at this device that would stop this packet, in the order in which the packet meets
    it."""
    if passage.hop.device is None:
        return
    yield from _reverse_path(scene, passage)
    yield from full_table(scene, passage)
    yield from no_port(scene, passage)
    yield from _filters(scene, passage)
    yield from _routing(scene, passage)
    yield from _neighbour(scene, passage)
    if passage.last and passage.stage is Stage.OPENING:
        yield from _listener(scene, passage)
        yield from _echo_off(scene, passage)


def _reverse_path(scene: Scene, passage: Passage) -> Iterator[Blame]:
    if passage.first:
        return
    check = reverse_check(scene.case, passage.hop)
    if check is not None and check.refuses:
        yield Blame(Kind.REVERSE_PATH, check.text, evidence=check.evidence)


def _filters(scene: Scene, passage: Passage) -> Iterator[Blame]:
    state = passage.ct_state
    found = _trial(scene, passage, state)
    if found.may_stop:
        yield _denied(scene, passage, found)


def _trial(scene: Scene, passage: Passage, state: State) -> Outcome:
    tcp = passage.hop.flow_in.protocol is Protocol.TCP
    flags = (passage.tcp_flags or FLAGS[passage.stage]) if tcp else None
    return at_hop(scene.case, passage.hop, state, flags, passage.reverse)


def _denied(scene: Scene, passage: Passage, found: Outcome) -> Blame:
    name = passage.hop.name
    rejects = found.rule is not None and found.rule.verdict == "reject"
    limit = deciding_limit(passage, found)
    certain = found.ruling.stops or (limit is not None and limit_counted(scene, passage, limit))
    if limit is not None:
        return reached(passage, found, limit, certain)
    text = (
        f"{name} {'would' if certain else 'may'} {'reject' if rejects else 'drop'} it:"
        f" {found.words}"
    )
    return Blame(
        _kind(scene, passage, found),
        text,
        certain,
        ct_state=passage.ct_state,
        rule=found.rule,
        chain=found.chain,
        rejects=rejects,
        evidence=found.evidence,
    )


def _kind(scene: Scene, passage: Passage, found: Outcome) -> Kind:
    if found.rule is not None and any(_checks_way_back(match) for match in found.rule.matches):
        return Kind.REVERSE_PATH
    picks_some = any(thins(rule) for rule in found.maybe)
    if picks_some and not found.ruling.stops:
        return Kind.RATE
    opening = passage.stage is Stage.OPENING
    passes_known = not _same_for_known(found, _trial(scene, passage, "established"))
    if passes_known and not opening and passage.ct_state != "established":
        return Kind.STATE
    if found.hook == "input":
        return Kind.INPUT
    if found.hook == "output":
        return Kind.OUTPUT
    return Kind.POLICY if opening and passes_known else Kind.STATELESS


def _same_for_known(found: Outcome, known: Outcome) -> bool:
    """Is a packet of a known session stopped as well, or as likely by the same rule?"""
    alike = known.ruling is found.ruling is Ruling.UNKNOWN and known.rule == found.rule
    return known.ruling.stops or (alike and known.may_stop)


def _checks_way_back(match: Match) -> bool:
    """`fib saddr . iif oif missing`, `-m rpfilter --invert`: the same check, made by a rule."""
    words = " ".join(str(value) for value in match.values).lower()
    return match.field == "fib" and ("saddr" in words or "rpf" in words) and "type" not in words


def _routing(scene: Scene, passage: Passage) -> Iterator[Blame]:
    hop = passage.hop
    if not passage.last:
        return
    if passage.fate in (Fate.NO_ROUTE, Fate.BLACKHOLE):
        yield Blame(
            Kind.ROUTE,
            f"{hop.name} has no route to {hop.flow_out.dst} ({hop.decided or passage.fate})",
            evidence=hop.evidence,
        )
    elif passage.fate is Fate.LOOP:
        yield Blame(
            Kind.LOOP,
            f"{hop.name} sends it back to a device that it came from ({hop.decided})",
            evidence=hop.evidence,
        )
    elif passage.fate is Fate.NOT_TAKEN:
        yield Blame(
            Kind.WRONG_HOST, f"{hop.name} throws it away: {hop.decided}", evidence=hop.evidence
        )
    elif passage.fate is Fate.WRONG_HOST:
        yield Blame(
            Kind.WRONG_HOST,
            f"{hop.name} takes {hop.flow_in.dst} as its own address",
            evidence=hop.evidence,
        )


def _neighbour(scene: Scene, passage: Passage) -> Iterator[Blame]:
    if passage.hop.oif is not None and not (passage.last and passage.fate is Fate.DELIVERED):
        found = unanswered(scene, passage.hop)
        if found is not None:
            yield found


def unanswered(scene: Scene, hop: Hop) -> Blame | None:
    """Does the next hop (or the destination itself) leave this device's neighbour requests
    unanswered?

    Where it never was reachable, two samples tell, too: a probe of the other side may have filled
    the entry since.
    """
    target = hop.next_hop or hop.flow_out.dst
    every = scene.case.all_records(hop.device or "", Question.NEIGHBOURS, Neighbour)
    told = [
        (e, item.id) for e, item in every if e.address == target and hop.oif in (None, e.interface)
    ]
    silent = [(e, number) for e, number in told if _SILENT & set(e.states)]
    answers = any(_HEARD & set(e.states) for e, _ in told)
    if not silent or (told[0] != silent[0] and (answers or len(silent) < 2)):
        return None
    entry, number = silent[0]
    states = "/".join(entry.states)
    text = (
        f"{hop.name} gets no answer from {target} on {entry.interface} (neighbour entry {states})"
    )
    return Blame(Kind.NEIGHBOUR, text, evidence=(number,))


_SILENT = frozenset({"FAILED", "INCOMPLETE"})
_HEARD = frozenset({"REACHABLE", "PERMANENT"})


def _listener(scene: Scene, passage: Passage) -> Iterator[Blame]:
    found = listening(scene)
    if found is not None and not found.serves and passage.hop.device == scene.server:
        yield Blame(
            Kind.LISTENER,
            f"nothing listens on {found.target}{found.elsewhere}",
            evidence=found.evidence,
        )


def _echo_off(scene: Scene, passage: Passage) -> Iterator[Blame]:
    """A kernel may be set to answer no echo requests at all."""
    device, flow = passage.hop.device or "", passage.hop.flow_in
    key = "net.ipv4.icmp_echo_ignore_all" if flow.version == 4 else "net.ipv6.icmp.echo_ignore_all"
    if (
        flow.protocol is Protocol.ICMP
        and device == scene.server
        and scene.case.setting(device, key) == "1"
    ):
        evidence = scene.evidence(device, Question.SETTINGS)
        text = f"{device} answers no echo requests: {key} = 1"
        yield Blame(Kind.INPUT, text, evidence=evidence, cure=AnswerEcho(device, flow.version))
