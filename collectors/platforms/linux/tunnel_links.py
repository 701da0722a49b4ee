"""Where does a tunnel's interface carry its packets? `ip -j -d link`, the same as text, `ip tunnel
show`, `wg show`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from itertools import pairwise
from typing import Any

from collectors.model.answer import Output, ParseResult, Unparsed
from collectors.model.evidence import QueryParams
from collectors.model.flow import Address
from collectors.model.tunnels import Peer, Tunnel, TunnelLink
from collectors.platforms.linux import wireguard
from collectors.platforms.linux.shell import script
from collectors.platforms.reading import WIDEST, each, joined, lines_of, text_of

_PORTS = {"vxlan": 8472, "geneve": 6081}  # what the kernel takes where none is given
_KEYS = ("id", "vni", "ikey", "okey", "key")
KINDS = frozenset(
    {
        *(
            "vxlan",
            "geneve",
            "gre",
            "gretap",
            "erspan",
            "ip6gre",
            "ip6gretap",
            "ip6erspan",
            "ipip",
            "sit",
            "ip6tnl",
        ),
        *("vti", "vti6", "xfrm", "wireguard", "tun", "ppp"),
    }
)
# link/KIND A peer B
_BY_LINK = {"gre": "gre", "ipip": "ipip", "sit": "sit", "tunnel6": "ip6tnl", "gre6": "ip6gre"}


def ask_tunnels(params: QueryParams) -> str:
    """WireGuard's peers, and the far ends that VXLAN keeps by hardware address; the rest is shown
    by interfaces."""
    peers = "if command -v wg >/dev/null; then wg show; fi"
    return script(f'{peers}; bridge fdb show | grep " dst " || test $? = 1')


def read_tunnels(output: Output, params: QueryParams) -> ParseResult:
    """`wg show`, `bridge fdb`, one after the other, or `ip tunnel show`."""
    text = text_of(output.stdout)
    lines = lines_of(text)
    far = [line for line in lines if _FDB.match(line)]
    others = [line for line in lines if not _FDB.match(line)]
    rest = (
        wireguard.read_wireguard(others)
        if wireguard.is_wireguard(text)
        else each(others, _listed, WIDEST)
    )
    return joined(rest, each(far, _behind, WIDEST))


# 02:00:00:99:00:02 dev vx0 dst 172.16.2.2 self permanent
# 00:00:00:00:00:00 dev vx0 dst 10.0.0.3 port 4790 via eth1 self permanent
_FDB = re.compile(r"(?P<mac>[0-9a-f]{2}(?::[0-9a-f]{2}){5}) dev (?P<name>\S{1,20})(?P<rest>.*)")


def _behind(line: str) -> Peer | None:
    """Where the frames for a hardware address are carried; those of a plain port are carried
    nowhere."""
    found = _FDB.fullmatch(line)
    if found is None:
        raise Unparsed(line)
    words = found["rest"].split()
    options = dict(pairwise(words))
    if "dst" not in options:
        return None
    return Peer(found["name"], found["mac"], _end(options, "dst"), _number(options.get("port")))


_NAMED = re.compile(r"\bdev\s+([\w.@-]{1,20})")
_BARE = re.compile(r"(?P<mac>[0-9a-f]{2}(?::[0-9a-f]{2}){5})(?P<rest>(?: .{0,200})?)")


def placed(reading: ParseResult, command: str) -> ParseResult:
    """`bridge fdb show dev vx0` does not repeat the interface in its lines."""
    named = _NAMED.search(command)
    bare = [found for found in map(_BARE.fullmatch, reading.unread) if found]
    if named is None or not bare:
        return reading
    others = tuple(line for line in reading.unread if not _BARE.fullmatch(line))
    lines = (f"{one['mac']} dev {named[1]}{one['rest']}" for one in bare)
    return joined(ParseResult(reading.records, others), each(lines, _behind, WIDEST))


# gre1: gre/ip remote 172.16.0.2 local 172.16.0.1 dev eth1 ttl inherit key 7
_LISTED = re.compile(
    r"(?P<name>[^:@\s]{1,20})(?:@\S+)?: (?P<kind>\w+/ipv?6?)\s+(?P<rest>remote .*)"
)
_NAMES = {
    "gre/ip": "gre", "ip/ip": "ipip", "ipv6/ip": "sit", "any/ip": "sit", "gre/ipv6": "ip6gre", "ip/ipv6": "ip6tnl",
    "ipv6/ipv6": "ip6tnl", "any/ipv6": "ip6tnl",
}  # fmt: skip


def _listed(line: str) -> TunnelLink | None:
    if line.startswith((" ", "\t", "RX:", "TX:")):
        return None
    found = _LISTED.fullmatch(line)
    if not found or found["kind"] not in _NAMES:
        raise Unparsed(line)
    tunnel = tunnel_of({"info_kind": _NAMES[found["kind"]], "info_data": _pairs(found["rest"])})
    return TunnelLink(found["name"], tunnel) if tunnel is not None else None


def from_text(kind: str, rest: str) -> Tunnel | None:
    """The tunnel of `vxlan id 42 remote 172.16.0.2 local 172.16.0.1 dstport 4789 ...`, a line of
    `ip -d link`."""
    return tunnel_of({"info_kind": kind, "info_data": _pairs(rest)}) if kind in KINDS else None


def _pairs(rest: str) -> dict[str, str]:
    found = {name: value for name, value in pairwise(rest.split()) if name in _WORDS}
    if "dstport" in found:
        found["port"] = found.pop("dstport")
    return found


_WORDS = frozenset({"remote", "local", "dstport", "type", *_KEYS})


def tunnel_by_ends(item: Mapping[str, Any]) -> Tunnel | None:
    """Without details (`ip -j addr`): `"link_type": "gre", "address": "172.16.0.1", "broadcast":
    "172.16.0.2"`."""
    return by_ends(str(item.get("link_type")), str(item.get("address")), str(item.get("broadcast")))


def by_ends(link: str, local: str, remote: str) -> Tunnel | None:
    """The tunnel of `link/gre 172.16.0.1 peer 172.16.0.2`."""
    kind = _BY_LINK.get(link)
    return (
        tunnel_of({"info_kind": kind, "info_data": {"remote": remote, "local": local}})
        if kind
        else None
    )


# {"info_kind": "vxlan", "info_data": {"id": 42, "remote": "172.16.0.2", "local": "172.16.0.1",
# "port": 4789}}
def tunnel_of(linkinfo: Mapping[str, Any]) -> Tunnel | None:
    """The tunnel, None for other links. Its far end is None where it is learned, or chosen by
    destination."""
    kind, data = str(linkinfo.get("info_kind") or ""), linkinfo.get("info_data") or {}
    carries_ip = isinstance(data, dict) and data.get("type") != "tap"
    if kind not in KINDS or not carries_ip:
        return None
    port = _number(data.get("port")) or _wrapped(data) or _PORTS.get(kind)
    return Tunnel(kind, _end(data, "remote"), _end(data, "local"), port, _key_of(data))


def _key_of(data: Mapping[str, Any]) -> int | None:
    for name in _KEYS:
        found = _number(data.get(name))
        if found is not None:
            return found
    return None


def _wrapped(data: Mapping[str, Any]) -> int | None:
    """The UDP port of a tunnel that goes inside UDP once more: `"encap": {"type": "fou", "dport":
    5555}`."""
    around = data.get("encap")
    return _number(around.get("dport")) if isinstance(around, dict) else None


def _end(data: Mapping[str, Any], name: str) -> Address | None:
    """One end; `any` and groups are none."""
    for word in (name, f"{name}6"):
        try:
            found = ip_address(str(data[word]))
        except (KeyError, ValueError):
            continue
        return None if found.is_multicast or found.is_unspecified else found
    return None


def _number(value: object) -> int | None:
    """A number, or a key as `ip` writes it (0.0.0.7)."""
    text = str(value)
    if text.isascii() and text.isdigit():
        return int(text) if len(text) < 12 else None
    try:
        return int(ip_address(text)) if text.count(".") == 3 else None
    except ValueError:
        return None
