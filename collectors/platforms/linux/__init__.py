"""Linux: hosts, routers and firewalls with iproute2, nftables or iptables, and conntrack-tools."""

from __future__ import annotations

from collections.abc import Callable

from collectors.model.answer import Answer
from collectors.model.evidence import About, Question
from collectors.model.platform import Platform
from collectors.platforms.linux import (
    capturing,
    counters,
    filters_iptables,
    filters_nft,
    identity,
    logs,
    neighbours,
    pings,
    probes,
    routes,
    sessions,
    settings,
    sockets,
    spread,
    sync,
    trace_spread,
    traces,
    tunnel_links,
)
from collectors.platforms.linux.pasted import PASTED
from collectors.platforms.linux.remedies import spell
from collectors.platforms.reading import Parse, attempt, guarded


def _answer(
    command: Callable[[About], str | None],
    parse: Parse,
    *,
    root: bool = False,
    probe: bool = False,
    timeout: float = 15.0,
    limit: int = 4_000_000,
) -> Answer:
    return Answer(command, guarded(parse), root, probe, timeout, limit)


def _frank(command: Callable[[About], str | None], parse: Parse) -> Answer:
    """For commands whose error is itself the answer: the parser tells what is a refusal."""
    return Answer(command, lambda output, about: attempt(parse, output, about))


ANSWERS = {
    Question.IDENTITY: _answer(identity.ask_identity, identity.read_identity),
    Question.INTERFACES: _answer(identity.ask_interfaces, identity.read_interfaces),
    Question.TUNNELS: _answer(tunnel_links.ask_tunnels, tunnel_links.read_tunnels, root=True),
    Question.ROUTE_CHOICE: _frank(routes.ask_choice, routes.read_choice),
    Question.ROUTE_SPREAD: _answer(
        spread.ask_spread, spread.read_spread, timeout=30, limit=16_000_000
    ),
    Question.RULES: _answer(routes.ask_rules, routes.read_rules),
    Question.ROUTES: _answer(routes.ask_routes, routes.read_routes, timeout=30, limit=32_000_000),
    Question.SETTINGS: _answer(settings.ask_settings, settings.read_settings),
    Question.NEIGHBOURS: _answer(neighbours.ask_neighbours, neighbours.read_neighbours),
    Question.FILTER: _answer(
        filters_nft.ask_filter, filters_nft.read_filter, root=True, limit=32_000_000
    ),
    Question.FILTER_IPTABLES: _answer(
        filters_iptables.ask_iptables, filters_iptables.read_iptables, root=True
    ),
    Question.FILTER_LEGACY: _answer(
        filters_iptables.ask_legacy, filters_iptables.read_legacy, root=True
    ),
    Question.SESSIONS: _answer(sessions.ask_sessions, sessions.read_sessions, root=True),
    Question.SESSION_STATS: _answer(sessions.ask_stats, sessions.read_stats, root=True),
    Question.SESSION_EVENTS: _answer(sessions.ask_events, sessions.read_events, root=True),
    Question.COUNTERS: _answer(counters.ask_counters, counters.read_counters),
    Question.LISTENERS: _answer(sockets.ask_listeners, sockets.read_sockets, root=True),
    Question.SOCKETS: _answer(sockets.ask_sockets, sockets.read_sockets),
    Question.LOGS: _answer(logs.ask_logs, logs.read_logs, root=True),
    Question.TRACE: _answer(traces.ask_trace, traces.read_trace, root=True, probe=True),
    Question.CAPTURE: _answer(
        capturing.ask_capture, capturing.read_capture, root=True, limit=8_000_000
    ),
    Question.CONNECT: _answer(probes.ask_connect, probes.read_connect, probe=True),
    Question.PING: _answer(pings.ask_ping, pings.read_ping, probe=True),
    Question.PATH_MTU: _answer(pings.ask_path_mtu, pings.read_path_mtu, probe=True, timeout=25),
    Question.ARP_PROBE: _answer(probes.ask_arp, probes.read_arp, root=True, probe=True),
    Question.TRACE_SPREAD: _answer(
        trace_spread.ask_trace_spread, trace_spread.read_trace_spread, probe=True, timeout=25
    ),
    Question.PORT_SWEEP: _answer(probes.ask_sweep, probes.read_sweep, probe=True, timeout=20),
    Question.STATE_SYNC: _answer(sync.ask_sync, sync.read_sync, root=True),
    Question.NEXTHOP_SETS: _frank(routes.ask_sets, routes.read_sets),
}

LINUX = Platform("linux", "Linux", "linux", ANSWERS, pasted=PASTED, spell=spell)
