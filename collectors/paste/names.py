"""Host names in captures, as the addresses that the case knows for them. Nothing is looked up over
the network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address

from collectors.model.flow import Address, Flow

Known = Mapping[str, tuple[Address, ...]]

# 17:17:17.307611 IP 192.168.27.13.38498 > kube-2.http: Flags [S] ...
_ENDS = re.compile(r"(?<!\S)(?P<src>[\w.:-]{2,255}) > (?P<dst>[\w.:-]{2,255}?)(?=: )")
_HOSTS = re.compile(r"^\s*([0-9a-fA-F.:]{3,39})\s+([A-Za-z][\w. -]*?)\s*(?:#.*)?$", re.M)


def hosts_of(text: str) -> dict[str, tuple[Address, ...]]:
    """The names of an /etc/hosts."""
    found: dict[str, tuple[Address, ...]] = {}
    for address, names in _HOSTS.findall(text):
        try:
            at = ip_address(address)
        except ValueError:
            continue
        for name in names.split():
            found[name.lower()] = (*found.get(name.lower(), ()), at)
    return found


def with_addresses(text: str, known: Known, flow: Flow) -> str:
    """The capture with addresses in place of the names that are known; the others stay, and their
    lines are unread."""
    if not known:
        return text
    return _ENDS.sub(
        lambda found: f"{_end(found['src'], known, flow)} > {_end(found['dst'], known, flow)}", text
    )


def _end(word: str, known: Known, flow: Flow) -> str:
    host, dot, port = word.rpartition(".")
    for name, rest in ((word, ""), (host, dot + port)):
        at = _address(name, known, flow) if _is_name(name) else None
        if at is not None:
            return f"{at}{rest}"
    return word


def _is_name(text: str) -> bool:
    is_address = re.fullmatch(r"[\d.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*", text) is not None
    return bool(text) and not is_address


def _address(name: str, known: Known, flow: Flow) -> Address | None:
    """The one address of that name that is an end of the flow, or the only one that it has."""
    whole = name.lower()
    first = whole.partition(".")[0]
    held = known.get(whole) or known.get(first) or ()
    ends = [address for address in (flow.src, flow.dst) if address in held]
    candidates = ends or list(dict.fromkeys(held))
    return candidates[0] if len(candidates) == 1 else None
