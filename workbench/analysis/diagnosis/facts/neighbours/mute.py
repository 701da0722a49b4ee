"""Does an end keep its hardware address from whoever asks for it, so that only those it speaks to
itself find it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.evidence import Evidence, Question, Status
from collectors.model.flow import Address
from collectors.model.records import FilterChain, FilterRule, Neighbour
from collectors.model.remedy import Remedy
from collectors.model.remedy.filters import AnswerNeighbourRequests, RemoveArpRule
from collectors.model.settings import DeviceSetting, Knob, NeighbourAnswers
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Findings, Hop
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.trace.next_hops import DEAD


@dataclass(frozen=True, slots=True)
class Woken:
    """A neighbour entry that was dead when the run began, and lives since the run made somebody
    speak."""

    device: str
    address: Address
    before: str
    after: str
    evidence: tuple[str, ...]

    @property
    def text(self) -> str:
        """What changed under our hands."""
        return (
            f"{self.device}'s neighbour entry for {self.address} was {self.before} when the run"
            f" began and {self.after} after it: a probe of ours made that machine speak, and the"
            " entry will be gone again"
        )


@dataclass(frozen=True, slots=True)
class Mute:
    """Why a machine leaves ARP requests unanswered, in words."""

    device: str
    why: str
    remedy: Remedy  # that lets it answer again
    evidence: tuple[str, ...]


def silent_neighbours(findings: Findings) -> tuple[Hop, ...]:
    """The hops whose next machine answered no question at the first look, though it can be asked by
    us."""
    every = (*findings.forward.hops, *findings.reverse.hops)
    return tuple(
        hop for hop in every if _was_dead(findings.case, hop) and _known(findings.case, hop)
    )


def _known(case: Case, hop: Hop) -> bool:
    return any(case.reached(port.device) for port in case.holders(_target(hop)))


def _was_dead(case: Case, hop: Hop) -> bool:
    looks = _looks(case, hop)
    return bool(looks) and bool(DEAD & set(looks[0][0].states))


def _target(hop: Hop) -> Address:
    return hop.next_hop or hop.flow_out.dst


def _looks(case: Case, hop: Hop) -> list[tuple[Neighbour, Evidence]]:
    """The hop's entry for its next machine at every look, the first one first."""
    items = (
        e
        for e in case.answers(hop.device or "", Question.NEIGHBOURS)
        if e.status is Status.ANSWERED
    )
    records = ((one, item) for item in items for one in item.of(Neighbour))
    return [
        (one, item)
        for one, item in records
        if one.address == _target(hop) and hop.oif in (None, one.interface)
    ]


def woken(context: Context) -> Woken | None:
    """Did an entry on the way come to life during the run?"""
    for hop in silent_neighbours(context.findings):
        looks = _looks(context.case, hop)
        (first, before), (last, after) = looks[0], looks[-1]
        if last.mac and not DEAD & set(last.states):
            states = ("/".join(first.states), "/".join(last.states))
            return Woken(hop.name, _target(hop), *states, (before.id, after.id))
    return None


def dead_entry(context: Context) -> tuple[Hop, str, tuple[str, ...]] | None:
    """The last router's entry for the server that was dead at the first look: where, its states,
    and the answer."""
    for hop in silent_neighbours(context.findings):
        if (
            hop in context.findings.forward.hops
            and _target(hop) == hop.flow_out.dst
            and hop.device != context.server
        ):
            entry, item = _looks(context.case, hop)[0]
            return hop, "/".join(entry.states), (item.id,)
    return None


def mute(context: Context) -> Mute | None:
    """Which setting or rule of the server keeps it from answering?"""
    end = context.findings.forward.hops[-1] if context.findings.forward.hops else None
    if (
        context.server is None
        or end is None
        or end.device != context.server
        or end.iif is None
        or context.flow.version != 4
    ):
        return None
    return _ignoring(context, context.server, end) or next(_filtered(context, context.server), None)


def _ignoring(context: Context, server: str, end: Hop) -> Mute | None:
    found = context.case.setting(server, Knob.NEIGHBOUR_ANSWERS, end.iif, 4)
    here = any(
        p.interface == end.iif and p.address.ip == end.flow_in.dst
        for p in context.case.ports_of(server)
    )
    if found is None or not _keeps_still(found, here):
        return None
    why = f"{found.words} keeps it from answering ARP requests"
    evidence = context.evidence(server, Question.SETTINGS)
    cure = AnswerNeighbourRequests(server, found.interface or "all")
    return Mute(server, why, cure, evidence)


def _keeps_still(found: DeviceSetting, here: bool) -> bool:
    """Is an address not announced: here = it is one of the interface that is asked on?"""
    elsewhere = found.value is NeighbourAnswers.OWN_LINK and not here
    return found.value is NeighbourAnswers.NONE or elsewhere


def _filtered(context: Context, server: str) -> Iterator[Mute]:
    for item in context.case.answers(server, Question.FILTER):
        chains = {c.name for c in item.of(FilterChain) if c.family == "arp" and c.hook == "input"}
        for rule in item.of(FilterRule):
            in_way = rule.family == "arp" and rule.chain in chains
            if in_way and rule.verdict == "drop" and not rule.meaning.arp_replies:
                why = f"its ARP filter drops requests: {rule.text}"
                yield Mute(server, why, RemoveArpRule(server, rule), (item.id,))
