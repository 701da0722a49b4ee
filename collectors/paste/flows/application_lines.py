"""The flow of a line that an application wrote, and of any line with two ends in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collectors.model.flow import Flow
from collectors.paste.flows.fields import ends, proxied
from collectors.platforms.flow_ends import (
    IP,
    V4,
    V6,
    Missing,
    end,
    is_reply,
    make,
    of,
    plain,
    toward_server,
    usable,
)

# 1542110377,10.0.0.4,13.67.143.118,44931,443,T,O,D,B,,,,   (Azure: who opened it stands first)
_AZURE = re.compile(
    rf"(?<!\d)\d{{10,13}},(?P<src>{IP}),(?P<dst>{IP}),(?P<srcport>\d+),(?P<dstport>\d+),(?P<proto>[TU]|6|17|1),[IO],"
)
# 100.89.134.155:41918 (host) <- 10.42.0.29:8080 (ID:14429560) to-stack FORWARDED (TCP Flags: SYN,
# ACK)
_HUBBLE = re.compile(
    rf"(?:\S+/\S+?\s\()?{end('a')}\)?(?: \([^)]*\))? (?P<way><-|->|<>)"
    rf" (?:\S+/\S+?\s\()?{end('b')}\)?(?P<rest>.*)"
)
_HUBBLE_WORDS = re.compile(r"Flags|FORWARDED|DROPPED|ID:")
# 1714558272.123456  CHhAvVGS1DHFjwGM9  10.0.0.50  55432  10.20.30.40  443  tcp  ssl ...   (Zeek's
# conn.log)
_ZEEK = re.compile(
    rf"\d{{9,}}\.\d+\s+C\w{{5,}}\s+(?P<src>{IP})\s+(?P<srcport>\d+)\s+(?P<dst>{IP})\s+(?P<dstport>\d+)\s+(?P<proto>\w+)\b"
)
# dial tcp 10.0.1.10:0->10.0.2.20:5432: i/o timeout; read tcp 10.0.1.10:40022->10.0.2.20:5432:
# connection reset
_GO = re.compile(
    rf"\b(?:dial|read|write|splice|sendfile) (?P<proto>tcp|udp)[46]? {end('src')}->{end('dst')}"
)
# [id: 0x1, L:/10.0.1.10:40022 ! R:db.example/10.0.2.20:5432]   (Netty)
_NETTY = re.compile(rf"\bL:[^/\s]*/{end('src')} [-!] R:[^/\s]*/{end('dst')}")
# connect ETIMEDOUT 10.0.2.20:5432 - Local (192.168.1.2:40022)   (Node)
_NODE = re.compile(rf"\bconnect E[A-Z]+ {end('dst')} - Local \({end('src')}\)")
# initiator (10.0.0.50:55432) -- responder (10.20.30.40:443)   (IOS)
_INITIATOR = re.compile(rf"initiator \({end('src')}\).{{1,40}}?responder \({end('dst')}\)")


def named(line: str) -> Flow | None:
    """Lines that say by their form who opened the flow."""
    if found := _AZURE.search(line) or _ZEEK.search(line) or _GO.search(line):
        return of(found)
    if found := _NETTY.search(line):
        return toward_server(
            make("tcp", found["src"], found["srcport"], found["dst"], found["dstport"])
        )
    if found := _NODE.search(line) or _INITIATOR.search(line):
        return make("tcp", found["src"], found["srcport"], found["dst"], found["dstport"])
    return None


def hubble(line: str) -> Flow | None:
    """`->` was sent so, `<-` the other way; of `<>` nobody says which end sent it."""
    found = _HUBBLE.search(line)
    if found is None or not _HUBBLE_WORDS.search(found["rest"]):
        return None
    kind = "udp" if "UDP" in found["rest"] else "tcp"
    flow = make(kind, found["a"], found["aport"], found["b"], found["bport"])
    if found["way"] == "<>":
        both = f"{found['a']} and {found['b']}"
        raise Missing(
            f"`<>` does not say which of {both} sent this packet; write the flow as its client"
            " sent it"
        )
    sent = flow.reversed() if found["way"] == "<-" else flow
    return toward_server(sent, is_reply(found["rest"]))


# --- proxies: what failed is the proxy's own flow, and its own address is not in the line ---

_UPSTREAM = re.compile(rf"\bupstream: \"?(?:\w+://)?(?P<to>\[?{IP}\]?:\d+)")
# "10.2.0.15:8080" outbound|8080||svc 10.1.1.9:40022 10.96.0.10:8080 10.1.1.9:33112   (Istio's
# access log)
_ISTIO = re.compile(
    r"\"(?P<host>[^\"\s]+)\""
    r" (?P<cluster>(?:in|out)bound\|\S*|PassthroughCluster|BlackHoleCluster|\S*cluster\S*)"
    r" (?P<own>\S+) (?P<local>\S+) (?P<remote>\S+)"
)
# app/my-lb/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.086   (load balancers of AWS)
_ALB = re.compile(rf"\b(?:app|net)/[\w-]+/[0-9a-f]{{16}} .*?(?P<client>{IP}):\d+ (?P<to>{IP}:\d+)")
# TCP_MISS/504 0 CONNECT 10.20.30.40:443   (Squid);  attempt to connect to 10.2.0.15:8080   (Apache)
_SQUID = re.compile(rf"\bTCP_\w+/\d{{3}} \d+ [A-Z]+ (?:\w+://)?(?P<to>{IP}:\d+|{IP})")
_APACHE = re.compile(rf"\[client {IP}.*?(?P<to>{IP}:\d+)|attempt to connect to (?P<there>{IP}:\d+)")


def proxies(line: str) -> Flow | None:
    """Raises Missing: a proxy's line holds its client and its server, and the flow between them is
    not one."""
    if found := _ISTIO.search(line):
        if found["cluster"].startswith("inbound|"):
            return ends(found["remote"], found["local"])
        return ends(found["own"], found["host"])
    for pattern in (_UPSTREAM, _ALB, _SQUID, _APACHE):
        if found := pattern.search(line):
            named = found.groupdict()
            raise proxied(named.get("to") or named.get("there") or "")
    return None


# --- any line ---

# Connection from 192.0.2.20 port 43122 to 203.0.113.10 port 443 / client 192.0.2.20:43122, server:
# https://203.0.113.10/
_ANY = re.compile(
    rf"(?:\[(?P<six>{V6})\]|(?<![\w.])(?P<ip>{V4}|{V6})(?![\w]))"
    r"(?:(?:\s+port\s+|\s*[:/#]|\s*\()(?P<port>\*|\d{1,5})\b\)?)?"
)
_SCHEMES = {
    "https": "443",
    "http": "80",
    "ssh": "22",
    "ftp": "21",
    "ldap": "389",
    "ldaps": "636",
    "dns": "53",
}
_URL = re.compile(
    rf"\b(?P<scheme>[a-z]{{2,6}})://(?:[^\s/@]*@)?(?P<host>\[{V6}\]|{V4})(?::(?P<port>\d+))?[^\s]*",
    re.I,
)
_TRANSLATED = re.compile(r"\s?[(\[]\s?$")


def anything(line: str) -> Flow | None:
    """The first two ends of the line. One in parentheses behind another is the same end
    translated."""
    found = list(_two_ends(_URL.sub(_end_of_url, line)))
    if len(found) < 2:
        return None
    kind = re.search(r"\b(tcp|udp|icmp)", line, re.I)
    flow = make(kind[1] if kind else None, *found[0], *found[1])
    return toward_server(flow, is_reply(line))


def _end_of_url(url: re.Match[str]) -> str:
    port = url["port"] or _SCHEMES.get(url["scheme"].lower(), "0")
    return f"{url['host']}:{port} "


def _two_ends(text: str) -> Iterator[tuple[str, str | None]]:
    """Every address once, with its port; none that only translates the one before it."""
    known: set[str] = set()
    last = 0
    for one in _ANY.finditer(text):
        address = plain(one["six"] or one["ip"])
        if not usable(address):
            continue
        translates = last > 0 and _TRANSLATED.fullmatch(text[last : one.start()])
        last = one.end()
        if address not in known and not translates:
            known.add(address)
            yield address, one["port"]


READERS = (named, hubble, proxies)
