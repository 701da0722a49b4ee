"""What must be known of a question beside its name: one row for each, read by pages, paste and
recordings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from collectors.model.evidence import Question


@dataclass(frozen=True, slots=True)
class Traits:
    """One question in words, and how its answers behave."""

    title: str  # what is asked, in a few words
    # of the flow itself: a pasted answer is taken to be about the incident's flow, both ways
    of_flow: bool = False
    # an answer about another packet, address or port is another answer: a recording that has it
    # about something else cannot say it
    exact: bool = False
    # goes on until somebody ends it: that somebody did leaves nothing out
    endless: bool = False
    # several pastes of it are parts of one answer (a table each, an interface each)
    in_parts: bool = False
    # holds counters: the first paste is the sample before the window, the last one after
    counted: bool = False


TRAITS: Mapping[Question, Traits] = MappingProxyType(
    {
        Question.IDENTITY: Traits("who are you"),
        Question.INTERFACES: Traits("interfaces and addresses", in_parts=True),
        Question.TUNNELS: Traits("peers of tunnels", in_parts=True),
        Question.ROUTE_CHOICE: Traits("exact route of this flow", exact=True),
        Question.ROUTE_SPREAD: Traits("routes of other source ports", exact=True),
        Question.RULES: Traits("policy routing rules", in_parts=True),
        Question.ROUTES: Traits("routing tables", in_parts=True),
        Question.SETTINGS: Traits("kernel settings"),
        Question.NEIGHBOURS: Traits("neighbour table (ARP, NDP)"),
        Question.FILTER: Traits("packet filter (nft)", counted=True),
        Question.FILTER_IPTABLES: Traits("packet filter (iptables)", counted=True),
        Question.FILTER_LEGACY: Traits("packet filter (iptables-legacy)", counted=True),
        Question.SESSIONS: Traits("this flow's sessions", of_flow=True),
        Question.SESSION_STATS: Traits("session table counters", counted=True),
        Question.SESSION_EVENTS: Traits("session events, live", of_flow=True, endless=True),
        Question.COUNTERS: Traits("kernel counters", counted=True),
        Question.LISTENERS: Traits("listening sockets", in_parts=True),
        Question.SOCKETS: Traits("the flow's sockets", of_flow=True),
        Question.LOGS: Traits("log lines", of_flow=True, endless=True),
        Question.TRACE: Traits("traceroute", exact=True),
        Question.CAPTURE: Traits("packet capture", of_flow=True, endless=True),
        Question.CONNECT: Traits("connection attempt", of_flow=True, exact=True),
        Question.PING: Traits("ping", exact=True, endless=True),
        Question.PATH_MTU: Traits("path MTU", exact=True, endless=True),
        Question.ARP_PROBE: Traits("who answers for the gateway", exact=True, endless=True),
        Question.TRACE_SPREAD: Traits("traceroute from several ports", exact=True),
        Question.PORT_SWEEP: Traits("attempts from several ports", exact=True),
        Question.STATE_SYNC: Traits("state synchronisation"),
        Question.NEXTHOP_SETS: Traits("equal-cost next hops", exact=True),
    }
)


def traits(question: Question) -> Traits:
    """What must be known of this question?"""
    return TRAITS[question]
