"""Which rules count or limit, what do they count, and is there room left where sessions or ports
are kept?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from collectors.model.records import FilterRule
from workbench.analysis.case.wording import filter_words
from workbench.analysis.device.filtering import FilterResult


class Counts(StrEnum):
    """What a rule counts."""

    CONNECTIONS = "connections at once"
    RATE = "packets or connections in a time"
    VOLUME = "bytes or packets so far"


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


# ct count over 20 / ct count val 20 inv True / -m connlimit --connlimit-above 20
_CONNECTIONS = re.compile(r"\bct count\b|\bconnlimit\b")
# limit rate over 5/second / -m hashlimit --hashlimit-above 2/min / -m recent --hitcount 4
# recent --update; --rcheck without a count asks a list of addresses, and is no limit
_LISTED = r"\brecent\b.{0,200}\b(?:hit_?count|update|UPDATE)\b"
_RATE = re.compile(rf"\blimit rate\b|\bhashlimit\b|{_LISTED}|\bnumgen\b|--limit\b")
# quota over 100 bytes / -m connbytes --connbytes 300 / ct original bytes > 100
_VOLUME = re.compile(
    r"\bquota\b|\bconnbytes\b|\bct (?:original |reply )?(?:bytes|packets|avgpkt)\b"
)
_KINDS = ((_CONNECTIONS, Counts.CONNECTIONS), (_VOLUME, Counts.VOLUME), (_RATE, Counts.RATE))


def counted(rule: FilterRule) -> Counts | None:
    """What does the rule count? None = it looks at single packets."""
    if any(match.field == "limit" for match in rule.matches):
        return Counts.RATE
    unread = " ".join(
        str(value) for match in rule.matches if match.field == "unread" for value in match.values
    )
    return next((kind for pattern, kind in _KINDS if pattern.search(unread)), None)


def measures(rule: FilterRule) -> bool:
    """Does the rule count, or look at how long a packet is?"""
    return counted(rule) is not None or any(match.field == "length" for match in rule.matches)


def looks_at_session(rule: FilterRule) -> bool:
    """Does the rule know the connection of a packet: its state, its mark, what it said so far, how
    many there are?"""
    states = any(match.field.startswith("ct_") for match in rule.matches)
    return states or counted(rule) in (Counts.CONNECTIONS, Counts.VOLUME)


def for_new(rule: FilterRule) -> bool:
    """Does the rule look only at packets that begin a session?"""
    states = {
        word
        for m in rule.matches
        if m.field == "ct_state" and not m.negated
        for word in map(str, m.values)
    }
    syn = any(
        m.field == "tcp_flags" and not m.negated and "syn" in str(m.values) for m in rule.matches
    )
    return states == {"new"} or syn


def limit_in(found: FilterResult) -> Limit | None:
    """Is it a limit that decides about the packet: a rule that stops the excess, or a permit that
    ran out?"""
    stopping = [rule for rule in (found.rule,) if rule is not None]
    doubtful: Iterable[FilterRule] = (*stopping, *found.maybe)
    for rule in doubtful:
        kind = counted(rule)
        permits = rule.verdict == "accept"
        if kind is not None and (not permits or (found.otherwise or found.action).stops):
            return Limit(rule, kind, permits)
    return None
