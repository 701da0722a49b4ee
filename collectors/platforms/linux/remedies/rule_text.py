"""May the text of a rule be given back to the tool that showed it? It is written for people, and
leaves out what nft or iptables need: only forms that are known to come through whole are."""

from __future__ import annotations

import re
import shlex

from collectors.model.records import FilterRule
from collectors.model.remedy.base import named
from collectors.platforms.linux.remedies.quoting import words

_COUNTED = re.compile(r" ?counter packets \d+ bytes \d+")


def uncounted(rule: FilterRule) -> str:
    """The rule without the numbers that it has counted so far."""
    return _COUNTED.sub("", rule.text).strip()


def in_a_sentence(rule: FilterRule) -> str:
    """The rule, for people to read."""
    return named(uncounted(rule)[:300])


# --- nft ---

_ADDRESS = r"[0-9a-fA-F:.]{2,45}"
_NET = rf"{_ADDRESS}(?:/\d{{1,3}}|-{_ADDRESS})?"
_NUMBER = r"\d{1,5}"
_PORT = rf"{_NUMBER}(?:-{_NUMBER})?"
_WORD = r"[a-z0-9-]{1,12}"
_BUCKETS = r"mod \d{1,9}(?: seed 0x[0-9a-f]{1,8})?(?: offset \d{1,9})?"
_KEY = r"(?:ip6? [sd]addr|(?:tcp|udp) [sd]port)"


def _one_or_set(value: str, single: str) -> str:
    """`443`, `!= 1-100`, `{ 80, 443 }`, `@ports`; with prefixes or ranges in a set, nft 1.0.6 breaks
    off when it replaces the rule."""
    return rf"(?:!= )?(?:{value}|\{{ {single}(?:, {single})* \}}|@\w{{1,31}})(?= |$)"


_CHOICES = "|".join(
    (
        rf"numgen (?:inc|random) {_BUCKETS}",
        rf"jhash {_KEY}(?: \. {_KEY}){{0,4}} {_BUCKETS}",
        rf"symhash {_BUCKETS}",
    )
)
_FOUR = r"\d{1,3}(?:\.\d{1,3}){3}"
_ENTRY = rf"\d{{1,9}} : {_ADDRESS}"
# of IPv6 with a port it cannot be told where the address ends
_TARGETS = rf"{_FOUR}(?:-{_FOUR})?(?::{_PORT})?|(?:{_CHOICES}) map \{{ {_ENTRY}(?:, {_ENTRY})* \}}"
_FLAGS = r"(?: (?:random|fully-random|persistent)(?:,(?:random|fully-random|persistent))*)?"
_STATEMENT = re.compile(
    "|".join(
        (
            rf"ip6? [sd]addr {_one_or_set(_NET, _ADDRESS)}",
            rf"(?:tcp|udp|th|sctp) [sd]port {_one_or_set(_PORT, _NUMBER)}",
            rf"meta l4proto {_one_or_set(_WORD, _WORD)}",
            rf"ip protocol {_WORD}",
            r"fib daddr type local",
            r"ct (?:state|status) [a-z]{1,12}(?:,[a-z]{1,12})*",
            r"[io]ifname (?:!= )?[A-Za-z][\w.-]{0,14}",
            r"counter",
            rf"dnat to (?:{_TARGETS}){_FLAGS}",
        )
    )
)
_COMMENT = re.compile(r'[^"\\\x00-\x1f]{1,128}')
_NAME = re.compile(r"[A-Za-z][\w./-]{0,127}")


def as_nft_takes_it(rule: FilterRule, text: str) -> str | None:
    """The text of the rule with its comment, as nft reads it back; None = it may not come through
    whole."""
    if not (rule.handle and rule.handle.isdigit()):
        return None
    if not all(map(_NAME.fullmatch, (rule.family, rule.table, rule.chain))):
        return None
    if not _known_statements(text) or (rule.comment and not _COMMENT.fullmatch(rule.comment)):
        return None
    if rule.family == "inet":
        text = re.sub(r"\bdnat to ", f"dnat {'ip6' if _leads_to_six(text) else 'ip'} to ", text)
    return f'{text} comment "{rule.comment}"' if rule.comment else text


def _known_statements(text: str) -> bool:
    at = 0
    while found := _STATEMENT.match(text, at):
        at = found.end()
        if at == len(text):
            return True
        if text[at] != " ":
            return False
        at += 1
    return False


def _leads_to_six(text: str) -> bool:
    """Is the first target of a map an IPv6 address?"""
    found = re.search(rf"map \{{ \S+ : ({_ADDRESS})", text)
    return found is not None and ":" in found[1]


# --- iptables ---

# other commands than the one that is meant, another table, and a program to be run
_OTHER = re.compile(r"-[ADIRLSFZNXEPtM]|--(?:table|modprobe|append|delete|insert|replace)\b.*")


# "say \"hello\"": iptables-save writes a backslash before each of " ' \
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def _requoted(found: re.Match[str]) -> str:
    return shlex.quote(re.sub(r"\\(.)", r"\1", found[1]))


def as_iptables_takes_it(rule: FilterRule, text: str) -> str | None:
    """The conditions and the target of a saved rule, each word quoted for a shell; None = it is no
    saved rule, or may not come through whole."""
    head = f"-A {rule.chain} "
    if not text.startswith(head):
        return None
    try:
        found = shlex.split(_QUOTED.sub(_requoted, text.removeprefix(head)))
    except ValueError:
        return None
    if any(_OTHER.fullmatch(one) or one.startswith("[") for one in found):
        return None
    return words(*found)
