"""Linux: hosts, routers and firewalls with iproute2, nftables or iptables, and conntrack-tools."""

from __future__ import annotations

from dataclasses import replace

from collectors.model.answer import Answer
from collectors.model.evidence import Question
from collectors.model.platform import Platform
from collectors.platforms.linux import (
    capturing,
    counters,
    filters_iptables,
    filters_nft,
    harmless,
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
from collectors.platforms.linux.counter_meanings import name_of
from collectors.platforms.linux.errors import refusal
from collectors.platforms.linux.login import LOGIN
from collectors.platforms.linux.pasted import PASTED
from collectors.platforms.linux.programs import GRAMMAR
from collectors.platforms.linux.remedies import spell

_ANSWERS = {
    Question.IDENTITY: Answer(identity.ask_identity, identity.read_identity),
    Question.INTERFACES: Answer(identity.ask_interfaces, identity.read_interfaces),
    Question.TUNNELS: Answer(tunnel_links.ask_tunnels, tunnel_links.read_tunnels, privileged=True),
    Question.ROUTE_CHOICE: Answer(routes.ask_choice, routes.read_choice, errors_are_answers=True),
    Question.ROUTE_SPREAD: Answer(
        spread.ask_spread, spread.read_spread, timeout=30, limit=16_000_000
    ),
    Question.RULES: Answer(routes.ask_rules, routes.read_rules),
    Question.ROUTES: Answer(
        routes.ask_routes, routes.read_routes, timeout=30, limit=32_000_000, all_versions=True
    ),
    Question.SETTINGS: Answer(settings.ask_settings, settings.read_settings),
    Question.NEIGHBOURS: Answer(neighbours.ask_neighbours, neighbours.read_neighbours),
    Question.FILTER: Answer(
        filters_nft.ask_filter, filters_nft.read_filter, privileged=True, limit=32_000_000
    ),
    Question.FILTER_IPTABLES: Answer(
        filters_iptables.ask_iptables, filters_iptables.read_iptables, privileged=True
    ),
    Question.FILTER_LEGACY: Answer(
        filters_iptables.ask_legacy, filters_iptables.read_legacy, privileged=True
    ),
    Question.SESSIONS: Answer(sessions.ask_sessions, sessions.read_sessions, privileged=True),
    Question.SESSION_STATS: Answer(sessions.ask_stats, sessions.read_stats, privileged=True),
    Question.SESSION_EVENTS: Answer(sessions.ask_events, sessions.read_events, privileged=True),
    Question.COUNTERS: Answer(counters.ask_counters, counters.read_counters),
    Question.LISTENERS: Answer(sockets.ask_listeners, sockets.read_sockets, privileged=True),
    Question.SOCKETS: Answer(sockets.ask_sockets, sockets.read_sockets),
    Question.LOGS: Answer(logs.ask_logs, logs.read_logs, privileged=True),
    Question.TRACE: Answer(traces.ask_trace, traces.read_trace, privileged=True, probe=True),
    Question.CAPTURE: Answer(
        capturing.ask_capture, capturing.read_capture, privileged=True, limit=8_000_000
    ),
    Question.CONNECT: Answer(probes.ask_connect, probes.read_connect, probe=True),
    Question.PING: Answer(pings.ask_ping, pings.read_ping, probe=True),
    Question.PATH_MTU: Answer(pings.ask_path_mtu, pings.read_path_mtu, probe=True, timeout=25),
    Question.ARP_PROBE: Answer(probes.ask_arp, probes.read_arp, privileged=True, probe=True),
    Question.TRACE_SPREAD: Answer(
        trace_spread.ask_trace_spread, trace_spread.read_trace_spread, probe=True, timeout=25
    ),
    Question.PORT_SWEEP: Answer(probes.ask_sweep, probes.read_sweep, probe=True, timeout=20),
    Question.STATE_SYNC: Answer(sync.ask_sync, sync.read_sync, privileged=True),
    Question.NEXTHOP_SETS: Answer(routes.ask_sets, routes.read_sets, errors_are_answers=True),
}

ANSWERS = {
    question: replace(answer, harmless=harmless.lines_of(question))
    for question, answer in _ANSWERS.items()
}

LINUX = Platform(
    "linux",
    "Linux",
    "linux",
    ANSWERS,
    grammar=GRAMMAR,
    login=LOGIN,
    refusal=refusal,
    pasted=PASTED,
    typed={Question.ROUTE_CHOICE: "ip route get"},
    spell=spell,
    counter_name=name_of,
)
