"""Is a ping that somebody pasted an attempt of the flow itself?"""

from __future__ import annotations

import re
from ipaddress import ip_address

from collectors.model.flow import Address, Flow, Protocol

_ADDRESS = r"[0-9a-fA-F.:]{2,45}"
# PING 203.0.113.10 (203.0.113.10) from 192.0.2.20 eth0: 56(84) / PING6(56=40+8+8 bytes) 2001:db8::2
# --> 2001:db8::1
_HEADING = re.compile(
    rf"^PING6?(?::? \S{{1,255}} ?\((?:\S{{1,255}} \()?(?P<to>{_ADDRESS})\)+(?: from"
    rf" (?P<by>{_ADDRESS}?)[: %])?"
    rf"|\([^)]{{1,60}}\) (?P<own>{_ADDRESS}) --> (?P<other>{_ADDRESS})|:? (?P<plain>{_ADDRESS}))",
    re.M,
)
_NAMED = re.compile(rf"(?<!\S)({_ADDRESS})(?!\S)")


def pings(flow: Flow, command: str, body: str) -> bool:
    """Does it go to the target of a flow of pings, and from no other address than its source?"""
    if flow.protocol is not Protocol.ICMP:
        return False
    heading = _HEADING.search(body[:2000])
    if heading is None:
        return any(_same(word, flow.dst) for word in _NAMED.findall(command[:2000]))
    target = heading["to"] or heading["other"] or heading["plain"]
    source = heading["by"] or heading["own"]
    from_its_source = not source or _same(source, flow.src)
    return from_its_source and _same(target, flow.dst)


def _same(text: str, address: Address) -> bool:
    try:
        return ip_address(text) == address
    except ValueError:
        return False
