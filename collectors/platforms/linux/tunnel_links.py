"""Where does a tunnel's interface carry its packets? From `ip -j -d link`."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from collectors.model.flow import Address
from collectors.model.records import Tunnel

_PORTS = {"vxlan": 8472, "geneve": 6081}  # what the kernel takes where none is told
_KEYS = ("id", "ikey", "okey")


# {"info_kind": "vxlan", "info_data": {"id": 42, "remote": "172.16.0.2", "local": "172.16.0.1", "port": 4789}}
def tunnel_of(linkinfo: dict[str, Any]) -> Tunnel | None:
    """The tunnel with one far end; None for other links, and for those whose far end is learned."""
    kind, data = str(linkinfo.get("info_kind") or ""), linkinfo.get("info_data")
    if not kind or not isinstance(data, dict):
        return None
    remote = _address(data, "remote")
    if remote is None or remote.is_multicast or remote.is_unspecified:
        return None
    local = _address(data, "local")
    port = _number(data.get("port")) or _PORTS.get(kind)
    key = next((found for name in _KEYS if (found := _number(data.get(name))) is not None), None)
    return Tunnel(kind, remote, None if local is None or local.is_unspecified else local, port, key)


def _address(data: dict[str, Any], name: str) -> Address | None:
    for word in (name, f"{name}6"):
        try:
            return ip_address(str(data[word]))
        except (KeyError, ValueError):
            continue
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
