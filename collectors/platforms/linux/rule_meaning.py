"""What the words of a rule say beyond its conditions: what it counts, whom it picks by chance, what
it writes into a packet."""

from __future__ import annotations

import re
from dataclasses import replace

from collectors.model.records import Counts, FilterRule, Picks, RuleMeaning, TargetChoice
from collectors.model.words import SCHEDULED

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
_COUNTS = ((_CONNECTIONS, Counts.CONNECTIONS), (_VOLUME, Counts.VOLUME), (_RATE, Counts.RATE))

# numgen random mod 100 < 8 / meta random < 0.08 / -m statistic --probability 0.08
_SHARE = re.compile(r"numgen |meta random|-m statistic")

# dnat to numgen inc mod 2 map / -m statistic --mode nth / a real server of a virtual service
_CHANCE = re.compile(rf"\bnumgen\b|\bstatistic\b|\b{re.escape(SCHEDULED)}\b")
_HASH = re.compile(r"\b(?:j|sym)hash\b")
_PORT_HASH = re.compile(r"sport|symhash")
# a virtual service that sends the same client to the same server
_BY_CLIENT = re.compile(r"\bpersistent\b|\] sh\b|:\d+ sh\b")

# ip ttl set 3 / ip6 hoplimit set 3 / -j TTL --ttl-set 3 / -j HL --hl-dec 5
_SETS_LIFE = re.compile(r"\b(?:ttl|hoplimit) set\b|--(?:ttl|hl)-(?:set|dec)\b", re.I)
# ip saddr set 192.0.2.9 / udp sport set 5353
_SETS_SOURCE = re.compile(r"\b(?:ip6?|udp|tcp) (?:saddr|sport) set\b")
# -A KUBE-SERVICES -d 10.96.0.9/32 .. --comment "shop/cart:http has no endpoints" .. -j REJECT
_NO_BACKENDS = re.compile(r"(?P<service>[\w./:-]{1,200}) has no (?:local )?endpoints")


def with_meaning(rule: FilterRule) -> FilterRule:
    """The rule, with what its words say."""
    meaning = RuleMeaning(
        counts=_counts(rule),
        picks=_picks(rule),
        choice=_choice(rule),
        sets_life=bool(_SETS_LIFE.search(rule.text)),
        sets_source=bool(_SETS_SOURCE.search(rule.text)),
        arp_replies=rule.family == "arp" and "reply" in rule.text,
        unserved=_unserved(rule),
    )
    return rule if meaning == rule.meaning else replace(rule, meaning=meaning)


def _counts(rule: FilterRule) -> Counts | None:
    if _has_limit(rule):
        return Counts.RATE
    unread = _unread(rule)
    return next((kind for pattern, kind in _COUNTS if pattern.search(unread)), None)


def _picks(rule: FilterRule) -> Picks | None:
    unread = _unread(rule)
    if _has_limit(rule) or "hashlimit" in unread:
        return Picks.SO_MANY
    return Picks.BY_CHANCE if _SHARE.search(unread) else None


def _choice(rule: FilterRule) -> TargetChoice | None:
    values = (str(value) for match in rule.matches for value in match.values)
    words = " ".join([rule.text, *values])
    if _HASH.search(words):
        return TargetChoice.PORT_HASH if _PORT_HASH.search(words) else TargetChoice.ADDRESS_HASH
    if _BY_CLIENT.search(words):
        return None
    return TargetChoice.CHANCE if _CHANCE.search(words) else None


def _unserved(rule: FilterRule) -> str | None:
    found = _NO_BACKENDS.search(rule.comment or rule.text)
    return found["service"] if found else None


def _has_limit(rule: FilterRule) -> bool:
    return any(match.field == "limit" for match in rule.matches)


def _unread(rule: FilterRule) -> str:
    """The conditions that the parser could not judge, in the device's words."""
    conditions = (match for match in rule.matches if match.field == "unread")
    return " ".join(str(value) for match in conditions for value in match.values)
