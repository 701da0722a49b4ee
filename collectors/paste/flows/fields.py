"""The flow of a line of named fields: key=value, JSON, logs of clouds and of meshes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from collectors.model.flow import Flow
from collectors.platforms.flow_ends import (
    Missing,
    letters_reply,
    make,
    plain,
    toward_server,
    usable,
)

_KEYS = {
    "src": (
        "src srcip src_ip source source_ip sourceip source-address source_address sourceaddress"
        " saddr srcaddr src_addr client client_ip clientip orig_h id.orig_h local_address"
        " initiatorip origin sourceipaddress srcaddress"
    ),
    "sport": (
        "sport srcport src_port source_port source-port sourceport s_port spt client_port id.orig_p"
        " orig_p srcpt initiatorport local_port"
    ),
    "dst": (
        "dst dstip dst_ip dest dest_ip destip destination destination_ip destination-address"
        " destination_address destinationaddress daddr dstaddr dst_addr server server_ip id.resp_h"
        " resp_h responderip dstaddress remote_address destinationipaddress"
    ),
    "dport": (
        "dport dstport dst_port dest_port destination_port destination-port destinationport d_port"
        " dpt server_port id.resp_p resp_p service svc responderport remote_port"
    ),
    "proto": (
        "proto protocol protocol-id protocol_id ipproto transport ip_protocol l4proto ip.protocol"
        " iana_number"
    ),
    "flags": "tcpflags tcp_flags tcp-flags",
}
_WORDS = {word: field for field, words in _KEYS.items() for word in words.split()}
_PAIR = re.compile(r"[\"']?([A-Za-z][\w.-]*)[\"']?\s*[=:]\s*[\"']?([^\s,;\"'}\]]+)")
# Source Address: 10.0.0.50 (Windows), Src IP: 10.1.1.1 (NX-OS)
_SPACED = re.compile(r"\b(source|destination|src|dst|dest) (address|ip|port)\b\s*:", re.I)


def pairs(line: str) -> Flow | None:
    """srcip=192.0.2.20 srcport=43122 dstip=203.0.113.10 dstport=443 proto=6, in the words of any
    vendor."""
    joined = _SPACED.sub(lambda found: f", {found[1]}_{found[2]}:", line)
    fields: dict[str, str] = {}
    for name, value in _PAIR.findall(joined):
        _take(fields, _WORDS.get(name.lower()), value)
    return _flow(fields)


def _take(fields: dict[str, str], field: str | None, value: str) -> None:
    """The first that makes sense: an address is an address, a port or a protocol is no name of a
    service."""
    if field is None or field in fields:
        return
    if field in _PORT_OF:
        _take_end(fields, field, value)
    elif value.isdigit() or field not in ("sport", "dport"):
        fields[field] = value


_PORT_OF = {"src": "sport", "dst": "dport"}


def _take_end(fields: dict[str, str], field: str, value: str) -> None:
    """`192.0.2.20`, `192.0.2.20:43122`; what is no address is left out."""
    if usable(plain(value)):
        fields[field] = value
        return
    address, _, port = value.rpartition(":")
    if port.isdigit() and usable(plain(address)):
        fields.setdefault(_PORT_OF[field], port)
        fields[field] = address


def _flow(fields: Mapping[str, str], reply: bool | None = None) -> Flow | None:
    if "src" not in fields or "dst" not in fields:
        return None
    flow = make(
        fields.get("proto"), fields["src"], fields.get("sport"), fields["dst"], fields.get("dport")
    )
    if reply is None:
        reply = _by_flags(fields.get("flags", ""))
    return toward_server(flow, reply)


def _by_flags(text: str) -> bool | None:
    words = re.sub(r"[^A-Z]", " ", text.upper()).split()
    letters = (_LETTERS.get(word, "") for word in words)
    return letters_reply("".join(letters))


_LETTERS = {"SYN": "S", "ACK": "A"}


# --- JSON ---


def document(line: str, again: Callable[[str], Flow | None]) -> Flow | None:
    """A line of JSON: Suricata, Zeek, hubble, flow logs of clouds, access logs of a mesh, a
    journal's message."""
    data = _json(line)
    if data is None:
        return None
    messages = (data.get(name) for name in ("MESSAGE", "message", "msg", "log"))
    for text in messages:
        found = again(text) if isinstance(text, str) else None
        if found is not None:
            return found
    leaves = dict(_leaves(data))
    return mesh(leaves) or _of_leaves(leaves)


def _json(line: str) -> dict[str, Any] | None:
    """The object that the line holds, from its first brace to its end."""
    start = line.find("{")
    if start < 0 or not line.rstrip().endswith("}"):
        return None
    try:
        data = json.loads(line[start:])
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _leaves(data: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Every value by its path in lower case; deeper than any log goes is not looked at."""
    if isinstance(data, dict) and depth < 8:
        before = f"{path}." if path else ""
        for name, value in list(data.items())[:300]:
            yield from _leaves(value, f"{before}{name}".lower(), depth + 1)
    elif isinstance(data, str | int | float | bool):
        yield path, str(data)


_ENDED = {
    "source.ip": "src", "source.address": "src", "source.port": "sport", "destination.ip": "dst",
    "destination.address": "dst", "destination.port": "dport", "network.transport": "proto", "ip.source": "src",
    "ip.destination": "dst",
}  # fmt: skip


def _of_leaves(leaves: Mapping[str, str]) -> Flow | None:
    fields: dict[str, str] = {}
    # a record inside that is called flow knows who began; the event around it may be a reply
    for path in sorted(leaves, key=lambda path: not path.startswith("flow.")):
        _take(fields, _field_of(path), leaves[path])
    for kind in ("tcp", "udp", "icmp"):
        if any(f".{kind}." in f".{path}" for path in leaves):
            fields.setdefault("proto", kind)
    return _flow(fields, _reply(leaves))


def _field_of(path: str) -> str | None:
    """Which part of a flow is it, by the end of its path or by its own name?"""
    for end, field in _ENDED.items():
        if path.endswith(end):
            return field
    name = path.rsplit(".", 1)[-1]
    return _WORDS.get(path) or _WORDS.get(name)


def _reply(leaves: Mapping[str, str]) -> bool | None:
    """Does the record say that this was a packet of the answering side?"""
    true = [path for path, value in leaves.items() if value == "True"]
    if any(path.endswith("is_reply") for path in true):
        return True
    if leaves.get("direction") == "to_client" and "flow.src_ip" not in leaves:
        return True
    flags = {path.rsplit(".", 1)[-1] for path in true if ".flags." in path}
    return "ack" in flags if "syn" in flags else None


# --- proxies and meshes: two flows in one line ---


def mesh(leaves: Mapping[str, str]) -> Flow | None:
    """An access log of Envoy: the flow to the upstream, where the line holds both of its ends."""
    if leaves.keys().isdisjoint({"upstream_host", "upstream_local_address"}):
        return _proxied(leaves)
    words = ("upstream_local_address", "upstream_host")
    if leaves.get("upstream_cluster", "").startswith("inbound|"):
        words = ("downstream_remote_address", "downstream_local_address")
    src, dst = (leaves.get(word, "") for word in words)
    return ends(src, dst)


def ends(src: str, dst: str) -> Flow:
    """A TCP flow between two ends that a proxy wrote; a sentence where one is not there."""
    ports = [text.rpartition(":") for text in (src, dst)]
    if not usable(plain(ports[1][0])):
        raise Missing(
            "the proxy reached no server for this request: the line has no address of one"
        )
    if not usable(plain(ports[0][0])):
        raise proxied(dst)
    return make("tcp", ports[0][0], ports[0][2], ports[1][0], ports[1][2])


def proxied(there: str) -> Missing:
    """What a proxy's line leaves out."""
    return Missing(
        f"what failed goes from the proxy itself to {there}; the proxy's own address is not in this"
        " line"
    )


def _proxied(leaves: Mapping[str, str]) -> Flow | None:
    """Traefik and the like name the client and the server behind, and not the proxy's own end."""
    client = leaves.get("clientaddr") or leaves.get("clienthost")
    server = leaves.get("serviceaddr")
    if client and server:
        return ends("", server)
    return None


READERS = (pairs,)
