"""What would have shown this in minutes? Signals to export and to alert on, for the devices of one
verdict.

The expressions are PromQL over what Prometheus' node exporter tells; docs/instrument.md has its
settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from workbench.analysis.case.verdict import Cause

_STATE = frozenset(
    {
        Cause.ASYM_STATEFUL_FW,
        Cause.ASYM_STATEFUL_HALF_PATH,
        Cause.ECMP_ASYM_STATEFUL,
        Cause.MIDFLOW_STATE_LOSS,
        Cause.PBR_WRONG_RETURN_GATEWAY,
        Cause.NAT_RETURN_BYPASS,
        Cause.LB_PARTIAL_NAT_RETURN,
    }
)
_ROUTING = _STATE | {
    Cause.ECMP_LEG_FAILURE,
    Cause.NO_FORWARD_ROUTE,
    Cause.NO_RETURN_ROUTE,
    Cause.ROUTING_LOOP,
}
_LOSSES = tuple(
    f"node_network_{way}_{what}_total"
    for way in ("receive", "transmit")
    for what in ("errs", "drop")
)


@dataclass(frozen=True, slots=True)
class Alert:
    """One signal: on which device, what it says when it fires, and the expression that fires."""

    device: str
    says: str
    expression: str


def watches(verdict: dict[str, Any]) -> tuple[Alert, ...]:
    """What to watch from now on, of a verdict as `diagnose --json` prints it; nothing for a healthy
    flow."""
    if verdict.get("verdict") != "broken":
        return ()
    cause, guilty, decider = (
        Cause(verdict["root_cause"]),
        verdict.get("guilty_node"),
        verdict.get("decided_by"),
    )
    found = [*_of_the_guilty(cause, guilty)] if guilty else []
    changing = decider or guilty
    if cause in _ROUTING and changing:
        found.append(_routes(changing))
    lossy = _of_the_lossy(verdict, guilty) if cause is Cause.PACKET_LOSS else ()
    return (*found, *lossy, *_of_state(verdict), *_of_the_ends(verdict))


def _of_the_guilty(cause: Cause, device: str) -> Iterator[Alert]:
    here = _on(device)
    if cause in _STATE:
        yield Alert(
            device,
            "packets that fit no session",
            f"rate(node_nf_conntrack_stat_invalid{here}[5m]) > 0.1",
        )
    if cause is Cause.RP_FILTER_STRICT:
        dropped = f"increase(node_netstat_TcpExt_IPReversePathFilter{here}[5m]) > 0"
        yield Alert(device, "packets dropped by the reverse-path check", dropped)
    if cause in (Cause.NO_FORWARD_ROUTE, Cause.NO_RETURN_ROUTE):
        lost = (
            f"increase(node_netstat_IpExt_InNoRoutes{here}[5m]) +"
            f" increase(node_netstat_Ip6_InNoRoutes{here}[5m]) > 0"
        )
        yield Alert(device, "packets without a route", lost)
    if cause is Cause.PMTUD_BLACKHOLE:
        yield Alert(
            device,
            "packets too large for the next link",
            _either("Ip_FragFails", "Ip6_FragFails", here),
        )
    if cause is Cause.SERVICE_NOT_LISTENING:
        full = f"increase(node_netstat_TcpExt_ListenOverflows{here}[5m]) > 0"
        yield Alert(device, "connections that the service was too slow to accept", full)
    if cause is Cause.SESSION_LIMIT:
        refused = f"increase(node_nf_conntrack_stat_drop{here}[5m]) > 0"
        yield Alert(device, "sessions that found no room", refused)
    if cause is Cause.TTL_EXPIRED:
        yield Alert(
            device,
            "packets that expired",
            _either("Icmp_InTimeExcds", "Icmp6_InTimeExcds", here),
        )
    if cause is Cause.HOST_DOWN:
        yield Alert(device, "the host does not answer", f"up{here} == 0")


def _of_the_lossy(verdict: dict[str, Any], guilty: str | None) -> Iterator[Alert]:
    """What is lost by chance is counted by a queue or interface that sends, or by the one on the
    other side."""
    sender = guilty or (verdict.get("drop") or {}).get("node")
    reverse = verdict.get("direction") == "reverse"
    path = verdict.get("reverse_path" if reverse else "forward_path") or []
    receiver = next((name for before, name in pairwise(path) if before == sender), None)
    asked = [
        name for name in (sender, receiver) if name and name not in verdict.get("unreached", ())
    ]
    for device in asked:
        yield Alert(device, "packets that an interface lost", _any_of(_LOSSES, _on(device)))
    for device in asked[:1]:
        full = f"increase(node_qdisc_drops_total{_on(device)}[5m]) > 0"
        yield Alert(
            device, "packets that found a queue full, or went over a limit of the rate", full
        )


def _any_of(names: Iterable[str], here: str) -> str:
    return " or ".join(f"increase({name}{here}[5m]) > 0" for name in names)


def _either(v4: str, v6: str, here: str) -> str:
    return _any_of((f"node_netstat_{v4}", f"node_netstat_{v6}"), here)


def _routes(device: str) -> Alert:
    changed = f"changes(node_network_routes{_on(device)}[15m]) > 0"
    return Alert(device, "routes that come and go", changed)


def _of_state(verdict: dict[str, Any]) -> Iterator[Alert]:
    """Every device that keeps state must have room for it."""
    stateful_devices = [
        name for names in (verdict.get("state_boundaries") or {}).values() for name in names
    ]
    for device in dict.fromkeys(stateful_devices):
        here = _on(device)
        full = f"node_nf_conntrack_entries{here} / node_nf_conntrack_entries_limit{here} > 0.8"
        yield Alert(device, "the session table fills up", full)


def _of_the_ends(verdict: dict[str, Any]) -> Iterator[Alert]:
    ends = [path[0] for path in (verdict.get("forward_path"), verdict.get("reverse_path")) if path]
    for device in dict.fromkeys(end for end in ends if end not in verdict.get("unreached", ())):
        here = _on(device)
        again = (
            f"rate(node_netstat_Tcp_RetransSegs{here}[5m]) /"
            f" rate(node_netstat_Tcp_OutSegs{here}[5m]) > 0.05"
        )
        yield Alert(device, "more than 5 % of what it sends is sent again", again)


def _on(device: str) -> str:
    """The series of one device, by the name that Prometheus scrapes it by, with or without a
    port."""
    literal = (
        re.escape(device)
        .replace("\\-", "-")
        .replace("\\", "\\\\")
        .replace('"', '\\"')
        .replace("\n", "")
    )
    return f'{{instance=~"{literal}(:[0-9]+)?"}}'
