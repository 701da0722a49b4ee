"""Which rules count or limit, what do they count, and is there room left where sessions or ports
are kept?"""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.records import Counts, FilterRule, Match
from workbench.analysis.case.wording import filter_words
from workbench.analysis.device.filtering import FilterResult


@dataclass(frozen=True, slots=True)
class Limit:
    """A rule that counts: what, and whether it stops what goes beyond or permits what stays
    below."""

    rule: FilterRule
    counts: Counts
    permits: bool

    @property
    def words(self) -> str:
        """The rule without its counter."""
        return filter_words(self.rule.text)


def measures(rule: FilterRule) -> bool:
    """Does the rule count, or look at how long a packet is?"""
    looks_at_length = any(match.field == "length" for match in rule.matches)
    return rule.meaning.counts is not None or looks_at_length


def looks_at_session(rule: FilterRule) -> bool:
    """Does the rule know the connection of a packet: its state, its mark, what it said so far, how
    many there are?"""
    looks_at_state = any(match.field.startswith("ct_") for match in rule.matches)
    return looks_at_state or rule.meaning.counts in (Counts.CONNECTIONS, Counts.VOLUME)


def for_new(rule: FilterRule) -> bool:
    """Does the rule look only at packets that begin a session?"""
    wanted = [match for match in rule.matches if not match.negated]
    states = {str(state) for match in wanted if match.field == "ct_state" for state in match.values}
    return states == {"new"} or any(_wants_syn(match) for match in wanted)


def _wants_syn(match: Match) -> bool:
    return match.field == "tcp_flags" and any("syn" in str(pair) for pair in match.values)


def limit_in(found: FilterResult) -> Limit | None:
    """Is it a limit that decides about the packet: a rule that stops the excess, or a permit that
    ran out?"""
    stops_others = (found.otherwise or found.action).stops
    deciding = [found.rule] if found.rule is not None else []
    for rule in (*deciding, *found.maybe):
        permits = rule.verdict == "accept"
        decides = stops_others or not permits
        if rule.meaning.counts is not None and decides:
            return Limit(rule, rule.meaning.counts, permits)
    return None
