"""Which rules of a device stop some packets of a kind and pass others: limits of a rate, and rules
by chance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.flow import Protocol
from collectors.model.records import FilterRule, Picks
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Hop, Thinning
from workbench.analysis.device.filtering import FilterResult
from workbench.analysis.device.hop_filtering import at_hop
from workbench.analysis.device.matching import State

_KINDS: tuple[tuple[State, str], ...] = (("new", "S"), ("established", "."))


@dataclass(frozen=True, slots=True)
class Policer:
    """A rule that lets some packets of the flow pass and stops others. `moved` None = it does not
    count."""

    rule: FilterRule
    moved: int | None
    limit: bool  # of a rate; else random
    evidence: tuple[str, ...]

    @property
    def stops(self) -> bool:
        """Does it stop what it matches? Else what it does not match falls to a rule behind it that
        does."""
        return self.rule.verdict in ("drop", "reject")


def thins(rule: FilterRule) -> bool:
    """Does it stop some packets of a kind and pass others?"""
    return rule.meaning.picks is not None


def policers(case: Case, hop: Hop, reverse: bool) -> tuple[Policer, ...]:
    """The rules at this hop that may thin the flow out, those that counted most first."""
    found = {}
    for outcome in _outcomes(case, hop, reverse):
        if not outcome.may_stop:
            continue
        for rule in filter(thins, outcome.maybe):
            moved = _moved(case, hop, rule)
            is_limit = rule.meaning.picks is Picks.SO_MANY
            found[rule.key] = Policer(rule, moved, is_limit, outcome.evidence)
    return tuple(sorted(found.values(), key=lambda one: -(one.moved or 0)))


def thinned(case: Case, hop: Hop, loss: Thinning) -> bool:
    """Did rules that stop only some packets count at least as many as were lost here, while others
    passed?

    A rule that counts nothing may have stopped them all, where most of them were followed by one
    like it that passed.
    """
    moved = [one.moved for one in policers(case, hop, loss.reverse) if one.stops]
    if None in moved and 2 * loss.alike >= loss.lost:
        return True
    if not loss.alike:
        return False
    return sum(filter(None, moved)) >= loss.lost


def counted_as_strays(case: Case, hop: Hop | None, loss: Thinning) -> bool:
    """Did a rule that refuses what fits no session count at least as many as were lost here? Then
    it was no chance."""
    if hop is None or loss.after is not None:
        return False
    return strays(case, hop, loss.reverse) >= loss.lost


def strays(case: Case, hop: Hop, reverse: bool) -> int:
    """How many packets did the rule count in the window that refuses what fits no session?"""
    refused = at_hop(case, hop, "invalid", _flags(hop, "."), reverse)
    if refused.rule is None or not refused.action.stops:
        return 0
    return _moved(case, hop, refused.rule) or 0


def stops_all(case: Case, hop: Hop, reverse: bool, opening: bool, seen: str | None = None) -> bool:
    """Do the rules of this hop say, without any doubt, that such packets are stopped? `seen`: their
    TCP flags."""
    state, flags = _KINDS[not opening]
    return at_hop(case, hop, state, _flags(hop, seen or flags), reverse).action.stops


def _outcomes(case: Case, hop: Hop, reverse: bool) -> Iterator[FilterResult]:
    for state, flags in _KINDS:
        yield at_hop(case, hop, state, _flags(hop, flags), reverse)


def _flags(hop: Hop, flags: str) -> str | None:
    return flags if hop.flow_in.protocol is Protocol.TCP else None


def _moved(case: Case, hop: Hop, rule: FilterRule) -> int | None:
    for one, amount, _ in case.rule_deltas(hop.device or ""):
        if one.key == rule.key:
            return amount
    return None
