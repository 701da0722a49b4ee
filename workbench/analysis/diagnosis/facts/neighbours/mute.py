"""Does an end keep its hardware address from whoever asks for it, so that only those it speaks to
itself find it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Address
from collectors.model.records import FilterChain, FilterRule, Neighbour
from collectors.model.remedy import Remedy
from collectors.model.remedy.filters import AnswerNeighbourRequests, RemoveArpRule
from collectors.model.settings import DeviceSetting, Knob, NeighbourAnswers
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Findings, Hop
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.trace.neighbour_entries import DEAD


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
    case, found = findings.case, []
    for hop in (*findings.forward.hops, *findings.reverse.hops):
        if _was_dead(case, hop) and _known(case, hop):
            found.append(hop)
    return tuple(found)


def _known(case: Case, hop: Hop) -> bool:
    return any(case.reached(port.device) for port in case.holders(_target(hop)))


def _was_dead(case: Case, hop: Hop) -> bool:
    looks = _looks(case, hop)
    return bool(looks) and not DEAD.isdisjoint(looks[0][0].states)


def _target(hop: Hop) -> Address:
    return hop.next_hop or hop.flow_out.dst


def _looks(case: Case, hop: Hop) -> list[tuple[Neighbour, Evidence]]:
    """The hop's entry for its next machine at every look, the first one first."""
    found = []
    for item in case.usable(hop.device or "", Question.NEIGHBOURS):
        for entry in item.of(Neighbour):
            here = hop.oif in (None, entry.interface)
            if here and entry.address == _target(hop):
                found.append((entry, item))
    return found


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
        last = hop in context.findings.forward.hops and _target(hop) == hop.flow_out.dst
        if last and hop.device != context.server:
            entry, item = _looks(context.case, hop)[0]
            return hop, "/".join(entry.states), (item.id,)
    return None


def mute(context: Context) -> Mute | None:
    """Which setting or rule of the server keeps it from answering?"""
    hops, server = context.findings.forward.hops, context.server
    if server is None or not hops or context.flow.version != 4:
        return None
    end = hops[-1]
    if end.device != server or end.iif is None:
        return None
    return _ignoring(context, server, end) or next(_filtered(context, server), None)


def _ignoring(context: Context, server: str, end: Hop) -> Mute | None:
    found = context.case.setting(server, Knob.NEIGHBOUR_ANSWERS, end.iif, 4)
    ports = [port for port in context.case.ports_of(server) if port.interface == end.iif]
    here = end.flow_in.dst in {port.address.ip for port in ports}
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
        chains = [chain for chain in item.of(FilterChain) if chain.family == "arp"]
        entered = {chain.name for chain in chains if chain.hook == "input"}
        for rule in item.of(FilterRule):
            met = rule.family == "arp" and rule.chain in entered
            if met and rule.verdict == "drop" and not rule.meaning.arp_replies:
                why = f"its ARP filter drops requests: {rule.text}"
                yield Mute(server, why, RemoveArpRule(server, rule), (item.id,))
