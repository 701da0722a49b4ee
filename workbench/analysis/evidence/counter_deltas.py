"""What moved between the sample before an attempt of the flow and the sample after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.counters import CounterMeaning
from collectors.model.evidence import Evidence, Question
from collectors.model.records import Counter, FilterChain, FilterRule
from workbench.analysis.case.case import FILTERS, Case
from workbench.analysis.case.samples import Samples, counter_key, rises


@dataclass(frozen=True, slots=True)
class CounterDelta:
    """By how much something rose, and the two answers that say so."""

    amount: int
    evidence: tuple[str, ...]
    name: str = ""  # of a counter, as the device writes it


def counter_moved(
    case: Case, device: str, meaning: CounterMeaning, version: int | None = None
) -> CounterDelta | None:
    """By how much did the counter of that meaning rise in the window, for one version of IP or for
    both? None = not sampled twice, or the device has no such counter."""
    for question in (Question.COUNTERS, Question.SESSION_STATS):
        pair = case.samples(device, question)
        found = dict(_risen(pair, meaning, version)) if pair is not None else {}
        if found:
            return CounterDelta(sum(found.values()), _ids(pair), _name(next(iter(found))))
    return None


def _risen(
    pair: Samples, meaning: CounterMeaning, version: int | None
) -> Iterator[tuple[str, int]]:
    """Each counter of that meaning by its key, and by how much it rose."""
    meant = {counter_key(one) for one in pair.after.of(Counter) if counts(one, meaning, version)}
    for key, amount in rises(pair).items() if meant else ():
        if key in meant:
            yield key, amount


def counts(counter: Counter, meaning: CounterMeaning, version: int | None = None) -> bool:
    """Does it count that, for this version of IP?"""
    return counter.meaning is meaning and version in (None, counter.version)


def _name(key: str) -> str:
    return key.rpartition("/")[2]


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
    return counter_moved(case, device, CounterMeaning.FORWARDED, version)


def forward_drops(case: Case, device: str, version: int) -> CounterDelta | None:
    """How many packets did the device take for forwarding and not send? Drops leave no other trace.

    What is forwarded is counted before filters see it, and what leaves after them.
    """
    forwarded = taken_to_forward(case, device, version)
    own = counter_moved(case, device, CounterMeaning.SENT_OWN, version)
    sent = counter_moved(case, device, CounterMeaning.SENT, version)
    if forwarded is None or sent is None or own is None:
        return None
    sent_on = sent.amount - own.amount
    return CounterDelta(max(0, forwarded.amount - sent_on), forwarded.evidence)
