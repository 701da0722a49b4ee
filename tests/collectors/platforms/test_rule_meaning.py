"""What the words of a rule say beyond its conditions: counts, chance, what is written into a packet."""

from __future__ import annotations

import pytest

from collectors.model.records import Counts, FilterRule, Match, Picks, RuleMeaning, TargetChoice
from collectors.platforms.linux.rule_meaning import with_meaning


def rule(words: str, *, family: str = "inet", comment: str | None = None) -> RuleMeaning:
    """What a rule with one condition in these words, which cannot be judged, says."""
    matches = (Match("unread", (words,)),)
    place = ("nft", family, "t", "c", 0)
    return with_meaning(FilterRule(*place, matches, "drop", text=words, comment=comment)).meaning


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("ct count over 3", Counts.CONNECTIONS),
        ("-m connlimit --connlimit-above 3", Counts.CONNECTIONS),
        ("-m hashlimit --hashlimit-above 2/min", Counts.RATE),
        ("-m recent --update --seconds 60", Counts.RATE),
        ("-m recent --rcheck --seconds 60 --hitcount 4 --name seen", Counts.RATE),
        ("-m recent --rcheck --seconds 3600 --name trap", None),
        ("quota over 100 mbytes", Counts.VOLUME),
        ("-m connbytes --connbytes 300", Counts.VOLUME),
        ("ct original bytes > 100", Counts.VOLUME),
        ("-m string --string GET", None),
    ],
)
def test_what_a_rule_counts(words: str, kind: Counts | None) -> None:
    assert rule(words).counts is kind


@pytest.mark.parametrize(
    ("words", "picks"),
    [
        ("-m hashlimit --hashlimit-above 2/min", Picks.SO_MANY),
        ("numgen random mod 100 < 8", Picks.BY_CHANCE),
        ("meta random < 0.08", Picks.BY_CHANCE),
        ("-m statistic --mode random --probability 0.08", Picks.BY_CHANCE),
        # what its sender did before decides, for all of its packets
        ("-m recent --update --seconds 60 --hitcount 4", None),
        ("ct count over 3", None),
    ],
)
def test_which_of_packets_that_are_alike_a_rule_picks(words: str, picks: Picks | None) -> None:
    assert rule(words).picks is picks


def test_a_limit_that_the_parser_knows_counts_and_picks() -> None:
    limit = FilterRule("nft", "inet", "t", "c", 0, (Match("limit", ("5/second",), True),), "drop")
    meaning = with_meaning(limit).meaning
    assert (meaning.counts, meaning.picks) == (Counts.RATE, Picks.SO_MANY)


@pytest.mark.parametrize(
    ("words", "choice"),
    [
        ("dnat to numgen inc mod 2 map { 0 : 10.0.0.1, 1 : 10.0.0.2 }", TargetChoice.CHANCE),
        ("-m statistic --mode nth --every 2 --packet 0", TargetChoice.CHANCE),
        ("the scheduler's choice TCP 10.0.2.2:443 rr", TargetChoice.CHANCE),
        ("the scheduler's choice TCP 10.0.2.2:443 sh", None),
        ("the scheduler's choice TCP 10.0.2.2:443 wrr persistent 300", None),
        ("dnat to jhash ip saddr . tcp sport mod 2 map @back", TargetChoice.PORT_HASH),
        ("dnat to symhash mod 2 map @back", TargetChoice.PORT_HASH),
        ("dnat to jhash ip saddr mod 2 map @back", TargetChoice.ADDRESS_HASH),
        ("dnat to 10.0.0.1", None),
    ],
)
def test_how_a_translation_chooses_its_target(words: str, choice: TargetChoice | None) -> None:
    assert rule(words).choice is choice


@pytest.mark.parametrize(
    ("words", "sets"),
    [
        ("ip ttl set 3", (True, False)),
        ("-j TTL --ttl-dec 5", (True, False)),
        ("-j HL --hl-set 5", (True, False)),
        ("ip ttl 1 drop", (False, False)),
        ("ip saddr set 192.0.2.9", (False, True)),
        ("udp sport set 5353", (False, True)),
        ("ip saddr 192.0.2.9", (False, False)),
    ],
)
def test_what_a_rule_writes_into_a_packet(words: str, sets: tuple[bool, bool]) -> None:
    meaning = rule(words)
    assert (meaning.sets_life, meaning.sets_source) == sets


def test_a_rule_of_arp_that_looks_at_replies() -> None:
    assert rule("arp operation reply drop", family="arp").arp_replies
    assert not rule("arp operation request drop", family="arp").arp_replies


def test_a_rule_that_says_that_nobody_serves_a_service() -> None:
    says = rule("-j REJECT", comment="shop/cart:http has no endpoints")
    assert says.unserved == "shop/cart:http"
    assert rule("-j REJECT", comment="no endpoints here").unserved is None
