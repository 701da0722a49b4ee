"""What conntrackd.conf says of which sessions are shared: the lists of its Filter, and where a
partner's are kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from collectors.model.settings import DeviceSetting
from collectors.platforms.linux.knobs import setting_of

DEFAULT = "/etc/conntrackd/conntrackd.conf"
# only what is read here, so that nothing else of a file that a process names is shown
_WORDS = (
    "General|Sync|Stats|Mode|Filter|Protocol|Address|State|Ignore|Accept|IgnoreProtocol|IgnoreTrafficFor|IPv[46]_address|"
    "DisableExternalCache|TCP|UDP|UDPLITE|SCTP|DCCP|ICMP|IPv6-ICMP|SYN_SENT2?|SYN_RECV|ESTABLISHED|FIN_WAIT|CLOSE_WAIT|"
    "LAST_ACK|TIME_WAIT|CLOSED?|LISTEN|NONE"
)
LINES = f"^[[:space:]]*([{{}}]|({_WORDS})([[:space:]{{}}]|$))"
# Filter From Kernelspace {
BEGINS = re.compile(r"\s*(?:General|Sync|Stats|Filter|Mode)\b[^{}:]{0,60}(?:\{.*)?")
_TOKEN = re.compile(r"[{}]|[^\s{}]{1,80}")
_LISTS = {"Protocol": "protocol", "Address": "address", "State": "state"}
_OLD = {"IgnoreTrafficFor": "address.ignore", "IgnoreProtocol": "protocol.ignore"}
_ACTIONS = frozenset({"Accept", "Ignore"})
_NO_VALUES = frozenset({"IPv4_address", "IPv6_address", "for"})
_ON = frozenset({"on", "yes"})


def read_config(lines: Iterable[str]) -> Iterator[DeviceSetting]:
    """Each entry of each list as a setting: `conntrackd.address.ignore` = 192.0.2.0/24."""
    words: list[str] = []
    inside: str | None = None
    cached = True
    for token in _tokens(lines):
        if token == "{":
            inside, words = _list(words), []
        elif token == "}":
            inside, words = None, []
        else:
            cached = cached and not (
                words[-1:] == ["DisableExternalCache"] and token.lower() in _ON
            )
            words = [*words[-1:], token]
            yield from _entry(inside, words)
    yield setting_of("conntrackd.external_cache", "on" if cached else "off")


def _tokens(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield from _TOKEN.findall(line.partition("#")[0])


def _list(head: list[str]) -> str | None:
    """`Address Ignore {` begins a list of addresses whose sessions are left out."""
    if head[-1:] and head[-1] in _OLD:
        return _OLD[head[-1]]
    if len(head) == 2 and head[0] in _LISTS and head[1] in _ACTIONS:
        return f"{_LISTS[head[0]]}.{head[1].lower()}"
    return None


def _entry(inside: str | None, words: list[str]) -> Iterator[DeviceSetting]:
    if inside is not None and words[-1] not in _NO_VALUES and words[0] != "for":
        yield setting_of(f"conntrackd.{inside}", words[-1])
