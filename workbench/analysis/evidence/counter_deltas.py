"""What moved between the sample before an attempt of the flow and the sample after it."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.evidence import Evidence, Question
from collectors.model.records import FilterChain, FilterRule
from workbench.analysis.case.case import FILTERS, Case


@dataclass(frozen=True, slots=True)
class CounterDelta:
    """By how much something rose, and the two answers that say so."""

    amount: int
    evidence: tuple[str, ...]


def counter_moved(case: Case, device: str, name: str) -> CounterDelta | None:
    """By how much did that counter rise in the window? None = not sampled twice, or the device has
    no such counter."""
    for question in (Question.COUNTERS, Question.SESSION_STATS):
        deltas = case.deltas(device, question) or {}
        found = [value for key, value in deltas.items() if key.rpartition("/")[2] == name]
        if found:
            return CounterDelta(sum(found), _ids(case.samples(device, question)))
    return None


def _ids(pair: tuple[Evidence, Evidence] | None) -> tuple[str, ...]:
    return tuple(e.id for e in pair) if pair else ()


def rule_moved(case: Case, device: str, rule: FilterRule) -> CounterDelta | None:
    """By how many packets did that rule's own counter rise? None = it does not count or was not
    sampled twice."""
    for counted, amount, evidence in case.rule_deltas(device):
        if counted.key == rule.key:
            return CounterDelta(amount, (evidence.id,))
    return None


def policy_moved(case: Case, device: str, chain: FilterChain) -> CounterDelta | None:
    """By how many packets did the chain's policy counter rise?"""
    for question in FILTERS:
        pair = case.samples(device, question)
        if pair is None:
            continue
        old, new = (_policy(e, chain) for e in pair)
        if old is not None and new is not None:
            return CounterDelta(max(0, new - old), _ids(pair))
    return None


def _policy(evidence: Evidence, chain: FilterChain) -> int | None:
    wanted = (chain.dialect, chain.family, chain.table, chain.name)
    same = (
        c.packets
        for c in evidence.of(FilterChain)
        if (c.dialect, c.family, c.table, c.name) == wanted
    )
    return next(same, None)


def taken_to_forward(case: Case, device: str, version: int) -> CounterDelta | None:
    """How many packets of that IP version did the device take for forwarding?"""
    return counter_moved(case, device, "IpForwDatagrams" if version == 4 else "Ip6OutForwDatagrams")


def forward_drops(case: Case, device: str, version: int) -> CounterDelta | None:
    """How many packets did the device take for forwarding and not send? Drops leave no other trace.

    Linux counts what is forwarded before its filters see it, and what leaves after them (6.7 and
    newer).
    """
    six = "6" if version == 6 else ""
    forwarded, own = (
        taken_to_forward(case, device, version),
        counter_moved(case, device, f"Ip{six}OutRequests"),
    )
    sent = counter_moved(case, device, f"Ip{six}OutTransmits")
    if sent is None and version == 4:
        sent = counter_moved(case, device, "IpExtOutTransmits")
    if forwarded is None or sent is None or own is None:
        return None
    return CounterDelta(max(0, forwarded.amount - (sent.amount - own.amount)), forwarded.evidence)
