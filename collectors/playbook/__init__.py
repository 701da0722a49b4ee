"""The playbook: every step, in the order of the field guide. A step is listed here or it does not
exist."""

from __future__ import annotations

from collectors.model.step import Step
from collectors.playbook import (
    arp_probe,
    capture_client,
    capture_server,
    connect,
    identity,
    interfaces,
    invalid_counters,
    kernel_counters,
    listeners,
    logs,
    neighbours,
    nexthops,
    path_mtu,
    ping,
    port_sweep,
    return_route,
    route_get,
    rp_filter,
    rules,
    session_events,
    session_stats,
    sessions,
    sockets,
    spread,
    state_sync,
    tables,
    trace_spread,
    traceroute,
    tunnels,
)

STEPS: tuple[Step, ...] = (
    identity.STEP,
    interfaces.STEP,
    tunnels.STEP,
    connect.STEP,
    sockets.STEP,
    listeners.STEP,
    route_get.STEP,
    rules.STEP,
    tables.STEP,
    rp_filter.STEP,
    invalid_counters.STEP,
    session_stats.STEP,
    sessions.STEP,
    session_events.STEP,
    kernel_counters.STEP,
    nexthops.STEP,
    spread.STEP,
    port_sweep.STEP,
    trace_spread.STEP,
    logs.STEP,
    state_sync.STEP,
    neighbours.STEP,
    arp_probe.STEP,
    capture_client.STEP,
    capture_server.STEP,
    return_route.STEP,
    traceroute.STEP,
    ping.STEP,
    path_mtu.STEP,
)


def step_named(step_id: str) -> Step | None:
    """The step of that id, or None."""
    return next((step for step in STEPS if step.id == step_id), None)
