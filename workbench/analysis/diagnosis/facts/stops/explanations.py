"""Why would a device stop this packet? Each check reads the device's own settings; none decides the
verdict."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Question
from collectors.model.flow import Protocol
from collectors.model.records import Match, Neighbour
from collectors.model.remedy.filters import AnswerEcho
from collectors.model.settings import Knob
from workbench.analysis.case.findings import Disposition, Hop
from workbench.analysis.device.filtering import FilterAction, FilterResult
from workbench.analysis.device.hop_filtering import at_hop
from workbench.analysis.device.matching import State
from workbench.analysis.device.policers import thins
from workbench.analysis.device.reverse_path import reverse_check
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.ends.listening import listening
from workbench.analysis.diagnosis.facts.state.exhausted import (
    deciding_limit,
    full_table,
    limit_counted,
    no_port,
    reached,
)
from workbench.analysis.diagnosis.facts.stops.drop_reasons import (
    DropExplanation,
    DropReason,
    Passage,
)
from workbench.analysis.diagnosis.handshake import FLAGS, HandshakeStep

__all__ = ["DropExplanation", "DropReason", "Passage", "explanations", "unanswered"]


def explanations(context: Context, passage: Passage) -> Iterator[DropExplanation]:
    """Everything at this device that would stop this packet, in the order in which the packet meets
    it."""
    if passage.hop.device is None:
        return
    yield from _reverse_path(context, passage)
    yield from full_table(context, passage)
    yield from no_port(context, passage)
    yield from _filters(context, passage)
    yield from _routing(context, passage)
    yield from _neighbour(context, passage)
    if passage.last and passage.step is HandshakeStep.OPENING:
        yield from _listener(context, passage)
        yield from _echo_off(context, passage)


def _reverse_path(context: Context, passage: Passage) -> Iterator[DropExplanation]:
    if passage.first:
        return
    check = reverse_check(context.case, passage.hop)
    if check is not None and check.refuses:
        yield DropExplanation(
            DropReason.REVERSE_PATH, check.text, check.certain, evidence=check.evidence
        )


def _filters(context: Context, passage: Passage) -> Iterator[DropExplanation]:
    state = passage.ct_state
    found = _tested(context, passage, state)
    if found.may_stop:
        yield _denied(context, passage, found)


def _tested(context: Context, passage: Passage, state: State) -> FilterResult:
    tcp = passage.hop.flow_in.protocol is Protocol.TCP
    flags = (passage.tcp_flags or FLAGS[passage.step]) if tcp else None
    return at_hop(context.case, passage.hop, state, flags, passage.reverse)


def _denied(context: Context, passage: Passage, found: FilterResult) -> DropExplanation:
    name = passage.hop.name
    rejects = found.rule is not None and found.rule.verdict == "reject"
    limit = deciding_limit(passage, found)
    certain = found.action.stops or (limit is not None and limit_counted(context, passage, limit))
    if limit is not None:
        return reached(passage, found, limit, certain)
    text = (
        f"{name} {'would' if certain else 'may'} {'reject' if rejects else 'drop'} it:"
        f" {found.words}"
    )
    return DropExplanation(
        _kind(context, passage, found),
        text,
        certain,
        ct_state=passage.ct_state,
        rule=found.rule,
        chain=found.chain,
        rejects=rejects,
        evidence=found.evidence,
        why=found.words,
    )


_AT_THE_DEVICE_ITSELF = {"input": DropReason.INPUT, "output": DropReason.OUTPUT}


def _kind(context: Context, passage: Passage, found: FilterResult) -> DropReason:
    """For what does the filter stop it: its way back, its rate, its session, or what it is?"""
    if _checks_the_way_back(found):
        return DropReason.REVERSE_PATH
    if _stops_some_only(found):
        return DropReason.RATE
    opens = passage.step is HandshakeStep.OPENING
    lets_sessions_pass = not _same_for_known(found, _tested(context, passage, "established"))
    has_none = passage.ct_state != "established"
    if lets_sessions_pass and has_none and not opens:
        return DropReason.STATE
    if found.hook in _AT_THE_DEVICE_ITSELF:
        return _AT_THE_DEVICE_ITSELF[found.hook]
    return DropReason.POLICY if opens and lets_sessions_pass else DropReason.STATELESS


def _checks_the_way_back(found: FilterResult) -> bool:
    return found.rule is not None and any(map(_checks_way_back, found.rule.matches))


def _stops_some_only(found: FilterResult) -> bool:
    return any(map(thins, found.maybe)) and not found.action.stops


def _same_for_known(found: FilterResult, known: FilterResult) -> bool:
    """Is a packet of a known session stopped as well, or as likely by the same rule?"""
    if known.action.stops:
        return True
    alike = known.action is found.action is FilterAction.UNKNOWN
    return alike and known.rule == found.rule and known.may_stop


def _checks_way_back(match: Match) -> bool:
    """A rule that looks for the route to the source: the reverse-path check, made by a rule."""
    if match.field != "fib":
        return False
    words = " ".join(str(value) for value in match.values).lower()
    by_source = "saddr" in words or "rpf" in words
    return by_source and "type" not in words


def _routing(context: Context, passage: Passage) -> Iterator[DropExplanation]:
    hop = passage.hop
    if not passage.last:
        return
    if passage.disposition in (Disposition.NO_ROUTE, Disposition.BLACKHOLE):
        yield DropExplanation(
            DropReason.ROUTE,
            f"{hop.name} has no route to {hop.flow_out.dst} ({hop.decided or passage.disposition})",
            evidence=hop.evidence,
        )
    elif passage.disposition is Disposition.LOOP:
        yield DropExplanation(
            DropReason.LOOP,
            f"{hop.name} sends it back to a device that it came from ({hop.decided})",
            evidence=hop.evidence,
        )
    elif passage.disposition is Disposition.NOT_TAKEN:
        yield DropExplanation(
            DropReason.WRONG_HOST,
            f"{hop.name} discards it: {hop.decided}",
            evidence=hop.evidence,
        )
    elif passage.disposition is Disposition.WRONG_HOST:
        yield DropExplanation(
            DropReason.WRONG_HOST,
            f"{hop.name} takes {hop.flow_in.dst} as its own address",
            evidence=hop.evidence,
        )


def _neighbour(context: Context, passage: Passage) -> Iterator[DropExplanation]:
    delivered = passage.last and passage.disposition is Disposition.DELIVERED
    if passage.hop.oif is None or delivered:
        return
    found = unanswered(context, passage.hop)
    if found is not None:
        yield found


def unanswered(context: Context, hop: Hop) -> DropExplanation | None:
    """Does the next hop (or the destination itself) leave this device's neighbour requests
    unanswered?

    Where it never was reachable, two samples tell, too: a probe of the other side may have filled
    the entry since.
    """
    target = hop.next_hop or hop.flow_out.dst
    every = context.case.all_records(hop.device or "", Question.NEIGHBOURS, Neighbour)
    entries = [
        (e, item.id) for e, item in every if e.address == target and hop.oif in (None, e.interface)
    ]
    silent = [(e, number) for e, number in entries if _SILENT & set(e.states)]
    answers = any(_HEARD & set(e.states) for e, _ in entries)
    if not silent or (entries[0] != silent[0] and (answers or len(silent) < 2)):
        return None
    entry, number = silent[0]
    states = "/".join(entry.states)
    text = (
        f"{hop.name} gets no answer from {target} on {entry.interface} (neighbour entry {states})"
    )
    return DropExplanation(DropReason.NEIGHBOUR, text, evidence=(number,))


_SILENT = frozenset({"FAILED", "INCOMPLETE"})
_HEARD = frozenset({"REACHABLE", "PERMANENT"})


def _listener(context: Context, passage: Passage) -> Iterator[DropExplanation]:
    found = listening(context)
    if found is not None and not found.serves and passage.hop.device == context.server:
        yield DropExplanation(
            DropReason.LISTENER,
            f"nothing listens on {found.target}{found.elsewhere}",
            evidence=found.evidence,
        )


def _echo_off(context: Context, passage: Passage) -> Iterator[DropExplanation]:
    """A kernel may be set to answer no echo requests at all."""
    device, flow = passage.hop.device or "", passage.hop.flow_in
    ignored = context.case.setting(device, Knob.ECHO_IGNORED, version=flow.version)
    off = ignored is not None and ignored.value is True
    if ignored is not None and off and flow.protocol is Protocol.ICMP and device == context.server:
        yield DropExplanation(
            DropReason.INPUT,
            f"{device} answers no echo requests: {ignored.words}",
            evidence=context.evidence(device, Question.SETTINGS),
            cure=AnswerEcho(device, flow.version),
            why=ignored.words,
        )
