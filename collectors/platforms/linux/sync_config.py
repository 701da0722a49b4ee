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
        if token in ("{", "}"):
            inside = _list(words) if token == "{" else None
            words = []
            continue
        if words[-1:] == ["DisableExternalCache"] and token.lower() in _ON:
            cached = False
        words = [*words[-1:], token]
        yield from _entry(inside, words)
    yield setting_of("conntrackd.external_cache", "on" if cached else "off")


def _tokens(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield from _TOKEN.findall(line.partition("#")[0])


def _list(head: list[str]) -> str | None:
    """`Address Ignore {` begins a list of addresses whose sessions are left out."""
    last = head[-1] if head else ""
    if last in _OLD:
        return _OLD[last]
    if len(head) != 2 or last not in _ACTIONS:
        return None
    name = _LISTS.get(head[0])
    return f"{name}.{last.lower()}" if name else None


def _entry(inside: str | None, words: list[str]) -> Iterator[DeviceSetting]:
    is_value = words[-1] not in _NO_VALUES and words[0] != "for"
    if inside is not None and is_value:
        yield setting_of(f"conntrackd.{inside}", words[-1])
