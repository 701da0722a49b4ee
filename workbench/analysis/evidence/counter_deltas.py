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
        found = [
            moved
            for key, moved in (case.deltas(device, question) or {}).items()
            if key.rpartition("/")[2] == name
        ]
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
        before, after = (_packets_of(item, chain) for item in pair)
        if before is not None and after is not None:
            return CounterDelta(max(0, after - before), _ids(pair))
    return None


def _packets_of(item: Evidence, chain: FilterChain) -> int | None:
    """What the chain's policy had counted then."""
    for one in item.of(FilterChain):
        if _place(one) == _place(chain):
            return one.packets
    return None


def _place(chain: FilterChain) -> tuple[str, str, str, str]:
    return chain.dialect, chain.family, chain.table, chain.name


def taken_to_forward(case: Case, device: str, version: int) -> CounterDelta | None:
    """How many packets of that IP version did the device take for forwarding?"""
    return counter_moved(case, device, "IpForwDatagrams" if version == 4 else "Ip6OutForwDatagrams")


def forward_drops(case: Case, device: str, version: int) -> CounterDelta | None:
    """How many packets did the device take for forwarding and not send? Drops leave no other trace.

    Linux counts what is forwarded before its filters see it, and what leaves after them (6.7 and
    newer).
    """
    prefix = "Ip6" if version == 6 else "Ip"
    forwarded = taken_to_forward(case, device, version)
    own = counter_moved(case, device, f"{prefix}OutRequests")
    sent = counter_moved(case, device, f"{prefix}OutTransmits")
    if sent is None and version == 4:
        sent = counter_moved(case, device, "IpExtOutTransmits")
    if forwarded is None or sent is None or own is None:
        return None
    sent_on = sent.amount - own.amount
    return CounterDelta(max(0, forwarded.amount - sent_on), forwarded.evidence)
