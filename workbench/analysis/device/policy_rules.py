"""Which policy routing rules does a device have, and does one of them look at this packet?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import PolicyRule
from workbench.analysis.case.case import Case
from workbench.analysis.device.three_valued import all_of, turned

_OF_EVERY_DEVICE = (
    PolicyRule(0, "lookup", "local"),
    PolicyRule(32766, "lookup", "main"),
    PolicyRule(32767, "lookup", "default"),
)


def rules(case: Case, device: str, version: int) -> tuple[PolicyRule, ...]:
    """The policy rules of one IP version in order; the three that every device has where they were
    not shown."""
    shown = case.records(device, Question.RULES, PolicyRule)
    found = [rule for rule in shown if _of_version(rule, version)]
    if not found and rules_known(case, device):
        return _OF_EVERY_DEVICE
    return tuple(sorted(found, key=lambda rule: rule.priority))


def rules_known(case: Case, device: str) -> bool:
    """Are there no other rules than those? A device that was not asked has those that every device
    has."""
    newest = case.answer(device, Question.RULES)
    return newest is None or newest.whole


def _of_version(rule: PolicyRule, version: int) -> bool:
    networks = (rule.source, rule.destination)
    versions = {network.version for network in networks if network is not None}
    return versions <= {version} and rule.version in (None, version)


def selects(
    rule: PolicyRule, flow: Flow, iif: str | None, mark: int, tos: int | None = None
) -> bool | None:
    """Does the rule look at this packet? None = it is unknown."""
    answer = all_of(_selectors(rule, flow, iif, mark, tos or 0))
    return turned(answer, negated=rule.inverted)


def _selectors(
    rule: PolicyRule, flow: Flow, iif: str | None, mark: int, tos: int
) -> Iterator[bool | None]:
    if rule.source is not None:
        yield flow.src in rule.source
    if rule.destination is not None:
        yield flow.dst in rule.destination
    if rule.iif is not None:
        yield rule.iif == (iif or "lo")
    if rule.oif is not None:
        yield False  # only sockets bound to an interface
    if rule.mark is not None:
        yield mark & rule.mask == rule.mark & rule.mask
    if rule.protocol is not None:
        yield _same_protocol(str(rule.protocol), flow)
    if rule.sport is not None:
        yield _within(flow.sport, rule.sport)
    if rule.dport is not None:
        yield _within(flow.dport, rule.dport)
    if rule.tos:
        yield rule.tos == tos
    yield from (None for words in rule.unread if not _suppresses(words))


def _same_protocol(named: str, flow: Flow) -> bool:
    if flow.protocol == "icmp" and flow.version == 6:
        return named.lower() in {"icmp", "ipv6-icmp", "icmpv6", "58"}
    return named.lower() in _PROTOCOLS[flow.protocol]


_PROTOCOLS = {"tcp": {"tcp", "6"}, "udp": {"udp", "17"}, "icmp": {"icmp", "1"}}


def _within(port: int | None, span: tuple[int, int]) -> bool | None:
    if port is None:
        return None
    return span[0] <= port <= span[1]


def _suppresses(words: str) -> bool:
    return words.replace("_", " ").replace("=", " ").startswith("suppress prefixlen")


def shortest(rule: PolicyRule) -> int:
    """Routes this short or shorter are suppressed by the rule; -1 = none."""
    words = next(filter(_suppresses, rule.unread), None)
    if words is None:
        return -1
    last = words.replace("=", " ").split()[-1]
    return int(last) if last.isdigit() else -1
