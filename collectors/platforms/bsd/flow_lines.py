"""The flow of a line that pf wrote: its states, and the log of pfSense and OPNsense."""

from __future__ import annotations

import re

from collectors.model.flow import Flow
from collectors.platforms.flow_ends import IP, letters_reply, make, toward_server

# filterlog[58466]:
# 5,,,1000000103,igb0,match,block,in,4,0x0,,64,0,0,DF,6,tcp,60,192.0.2.20,203.0.113.10,43122,443,0,S


def filterlog(line: str) -> Flow | None:
    """A line of pfSense's or OPNsense's firewall log."""
    found = re.search(r"filterlog(?:\[\d+\])?(?: \d+ - \[[^\]]*\])?:?\s*(\d\S*)", line)
    if not found:
        return None
    fields = found[1].split(",")
    name, start = (fields[16], 18) if fields[8] == "4" else (fields[12], 15)
    src, dst, *ports = fields[start : start + 4]
    if name.lower() not in ("tcp", "udp"):
        flow = make(name, src, None, dst, None)
        return flow.reversed() if ports[:1] == ["reply"] else flow
    flags = fields[start + 5] if len(fields) > start + 5 else ""
    return toward_server(make(name, src, ports[0], dst, ports[1]), letters_reply(flags))


# all tcp 10.30.50.3:80 (203.0.113.15:80) <- 198.51.100.2:35520       FIN_WAIT_2:FIN_WAIT_2
# all tcp 203.0.113.15:61022 (10.30.50.3:40022) -> 198.51.100.9:443       SYN_SENT:CLOSED
_PF = re.compile(
    rf"\b(?P<proto>tcp|udp|icmp|ipv6-icmp) (?P<near>{IP})(?:[:\[](?P<nearport>\d+)\]?)?"
    rf"(?: \((?P<inner>{IP})(?:[:\[](?P<innerport>\d+)\]?)?\))?"
    rf" (?P<way><-|->) (?P<far>{IP})(?:[:\[](?P<farport>\d+)\]?)?"
)


def pf_state(line: str) -> Flow | None:
    """A state of pfctl: the arrow says who opened it, parentheses hold the same end as the client
    knows it."""
    found = _PF.search(line)
    if not found:
        return None
    name = "inner" if found["inner"] else "near"
    near, far = (found[name], found[f"{name}port"]), (found["far"], found["farport"])
    client, server = (far, near) if found["way"] == "<-" else (near, far)
    return make(found["proto"], *client, *server)


READERS = (filterlog, pf_state)
