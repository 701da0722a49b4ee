"""Targets that a translation may choose for the next connection, and that no attempt in the window
was sent to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from collectors.model.flow import Address, Flow
from collectors.model.records import FilterRule, Session, TargetChoice
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Disposition, Findings, Hop, Trace
from workbench.analysis.device.matching import PacketUnderTest
from workbench.analysis.device.translation import nat_rules
from workbench.analysis.trace.targets import shares


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
    if "_unmet" not in vars(findings):
        vars(findings)["_unmet"] = tuple(_unmet(findings))
    known: tuple[Unmet, ...] = vars(findings)["_unmet"]
    return known


def _unmet(findings: Findings) -> Iterator[Unmet]:
    half = len(findings.targets) // 2
    known = _targets_met(findings)
    for there, back in zip(findings.targets[:half], findings.targets[half:], strict=True):
        hop = _parting(findings.forward, there)
        if hop is None or not may_change(findings.case, hop):
            continue
        turned = there.hop(hop.device or "")
        if turned is None:
            continue
        target = turned.flow_out
        if (target.dst, target.dport) not in known:
            yield Unmet(hop, target, there, back)


def _targets_met(findings: Findings) -> set[tuple[Address, int | None]]:
    """The targets that an attempt in the window was sent to."""
    found: set[tuple[Address, int | None]] = set()
    for share in shares(findings.case, findings.forward, findings.attempts):
        found |= {(flow.dst, flow.dport) for flow in share.counts}
    return found


def _parting(taken: Trace, other: Trace) -> Hop | None:
    """The hop at which another target is chosen."""
    for hop in taken.hops:
        there = other.hop(hop.device) if hop.device is not None else None
        if there is not None and there.flow_out.dst != hop.flow_out.dst:
            return hop
    return None


def may_change(case: Case, hop: Hop) -> bool:
    """May the next connection of this flow be sent to another target? A range of addresses and a
    hash may not."""
    hook = "output" if hop.iif is None else "prerouting"
    rules = nat_rules(case, hop.device or "", hook, PacketUnderTest(hop.flow_in, hop.iif))
    return any(_varies(rule, case.flow.sport is not None) for rule in rules)


def _varies(rule: FilterRule, port_known: bool) -> bool:
    """Does the target differ from connection to connection?"""
    if rule.meaning.choice is TargetChoice.PORT_HASH:
        return not port_known
    return rule.meaning.choice is TargetChoice.CHANCE


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
    for session, _ in case.sessions(one.hop.device or ""):
        if session.reply.src == one.target.dst and _answered(session):
            return True
    return False


def _answered(session: Session) -> bool:
    """Did the server answer on it, and is it not ending?"""
    return not session.unreplied and session.state in (None, "ESTABLISHED", "TIME_WAIT")
