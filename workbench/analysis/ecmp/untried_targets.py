"""Targets that a translation may choose for the next connection, and that no attempt in the window
was sent to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from collectors.model.flow import Flow
from collectors.model.records import FilterRule
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Disposition, Findings, Hop, Trace
from workbench.analysis.device.matching import PacketUnderTest
from workbench.analysis.device.translation import nat_rules
from workbench.analysis.trace.targets import shares

_CHANCE = re.compile(r"\bnumgen\b|\bstatistic\b|\bthe scheduler's choice\b")
_HASH = re.compile(r"\b(?:j|sym)hash\b")
# IPVS: the same server for the same client
_BY_CLIENT = re.compile(r"\bpersistent\b|\] sh\b|:\d+ sh\b")


@dataclass(frozen=True, slots=True)
class Unmet:
    """A target to which the device at `hop` may send the next connection, and the ways there and
    back."""

    hop: Hop
    target: Flow
    forward: Trace
    reverse: Trace

    @property
    def server(self) -> str | None:
        """Which device is it? None = nobody in the inventory."""
        last = self.forward.hops[-1]
        return last.device if self.forward.disposition is Disposition.DELIVERED else None

    @property
    def name(self) -> str:
        """The target's name, else its address."""
        return self.server or str(self.target.dst)


def unmet(findings: Findings) -> tuple[Unmet, ...]:
    """All of them; worked out once. A target that this flow's hash never chooses is none."""
    known: tuple[Unmet, ...] | None = vars(findings).get("_unmet")
    if known is None:
        known = vars(findings)["_unmet"] = tuple(_unmet(findings))
    return known


def _unmet(findings: Findings) -> Iterator[Unmet]:
    case, half = findings.case, len(findings.targets) // 2
    known = list(shares(case, findings.forward, findings.attempts))
    met = {(flow.dst, flow.dport) for share in known for flow in share.counts}
    for there, back in zip(findings.targets[:half], findings.targets[half:], strict=True):
        hop = _parting(findings.forward, there)
        turned = there.hop(hop.device or "") if hop is not None else None
        if hop is None or turned is None or not may_change(case, hop):
            continue
        if (turned.flow_out.dst, turned.flow_out.dport) not in met:
            yield Unmet(hop, turned.flow_out, there, back)


def _parting(taken: Trace, other: Trace) -> Hop | None:
    """The hop at which another target is chosen."""
    pairs = ((hop, other.hop(hop.device)) for hop in taken.hops if hop.device is not None)
    return next(
        (
            hop
            for hop, there in pairs
            if there is not None and there.flow_out.dst != hop.flow_out.dst
        ),
        None,
    )


def may_change(case: Case, hop: Hop) -> bool:
    """May the next connection of this flow be sent to another target? A range of addresses and a
    hash may not."""
    hook = "output" if hop.iif is None else "prerouting"
    rules = nat_rules(case, hop.device or "", hook, PacketUnderTest(hop.flow_in, hop.iif))
    return any(_by_chance(rule, case.flow.sport is not None) for rule in rules)


def _by_chance(rule: FilterRule, port_known: bool) -> bool:
    words = " ".join([rule.text, *(str(value) for match in rule.matches for value in match.values)])
    if _HASH.search(words):
        takes_port = "sport" in words or "symhash" in words
        return takes_port and not port_known
    return bool(_CHANCE.search(words)) and not _BY_CLIENT.search(words)


def sent_there(findings: Findings, one: Unmet) -> Findings:
    """The same case for a connection that is sent to that target, as if nothing had been seen of
    it."""
    return replace(
        findings,
        forward=one.forward,
        reverse=one.reverse,
        server=one.server,
        targets=(),
        flow_works=None,
        attempts=(),
        attempts_seen=False,
        drop=None,
        drops=(),
        observations=(),
    )


def alive(case: Case, one: Unmet) -> bool:
    """Does the translator hold a connection of anybody that this target answers?"""
    held = (session for session, _ in case.sessions(one.hop.device or ""))
    return any(
        _answered(session.reply.src == one.target.dst, session.unreplied, session.state)
        for session in held
    )


def _answered(same: bool, unreplied: bool, state: str | None) -> bool:
    return same and not unreplied and state in (None, "ESTABLISHED", "TIME_WAIT")
