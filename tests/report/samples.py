"""Pictures of three, eight and sixteen hops, as `describe` would tell them."""

from __future__ import annotations

from typing import Any

Picture = dict[str, Any]


def hop(name: str, address: str = "", **more: Any) -> dict[str, Any]:
    """One hop."""
    return {"key": name, "name": name, "address": address, "basis": "observed", **more}


def side(hops: list[dict[str, Any]], ok: bool | None, outcome: str, **more: Any) -> dict[str, Any]:
    """One direction."""
    return {
        "flow": "",
        "hops": hops,
        "ok": ok,
        "outcome": outcome,
        "disposition": "",
        "complete": True,
        **more,
    }


def picture(
    forward: dict[str, Any], reverse: dict[str, Any], client: str = "app01", server: str = "db01"
) -> Picture:
    """Both directions."""
    ends = {"client": {"name": client, "endpoint": "10.1.0.10:51514"}}
    ends["server"] = {"name": server, "endpoint": "10.9.0.20:5432"}
    flow = "tcp 10.1.0.10:51514 > 10.9.0.20:5432"
    return {"flow": flow, **ends, "forward": forward, "reverse": reverse, "divergent": True}


def three() -> Picture:
    """[app01] - r1 - {fwA} - r3 - [db01], back by r4 - {fwB drops} - r2."""
    out = [
        hop("app01", "10.1.0.10", end=True, came_in=0, went_out=6),
        hop("r1", "10.1.0.1", rtt_ms=0.4),
        hop("fwA", "10.5.0.1", boundary="firewall", rtt_ms=0.9),
        hop("r3", "10.9.0.2", rtt_ms=1.3),
        hop("db01", "10.9.0.20", end=True, came_in=6, went_out=0),
    ]
    drop = "SYN-ACK: forward chain, ct state invalid drop"
    back = [
        hop("db01", "10.9.0.20", end=True, came_in=0, went_out=6),
        hop("r4", "10.9.0.3", rtt_ms=0.4),
        hop("fwB", "10.5.0.2", boundary="firewall", came_in=6, went_out=0, drop=drop),
        hop("r2", "10.1.0.2", reached=False, basis="predicted"),
        hop("app01", "10.1.0.10", end=True, reached=False, came_in=0, went_out=0),
    ]
    return picture(side(out, True, "packets arrive"), side(back, False, "SYN-ACK lost at fwB"))


def long(count: int) -> Picture:
    """A chain of so many devices, symmetric, with a NAT box, a balancer, a silent hop and
    branches."""
    names = [f"site-{index:02d}-router" for index in range(count)]
    hops = [hop(name, f"10.{index}.0.1", rtt_ms=index * 0.7) for index, name in enumerate(names)]
    hops[1] |= {"boundary": "nat", "translation": "10.1.0.10:51514 → 198.51.100.7:61201"}
    hops[-2] |= {"boundary": "load_balancer"}
    hops[2] = hop("100.64.9.9", managed=False, basis="unknown")
    hops[0] |= {"alternates": ["other-1", "other-2"]}
    ends = [hop("app01", end=True)], [hop("db01", end=True)]
    forward = side([*ends[0], *hops, *ends[1]], True, "packets arrive")
    return picture(forward, side([*ends[1], *hops[::-1], *ends[0]], True, "replies arrive"))
