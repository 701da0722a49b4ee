"""The words for why a device would stop a packet: the kinds of reason, one reason, and the packet
at its hop."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from collectors.model.records import FilterChain, FilterRule
from collectors.model.remedy import Remedy
from workbench.analysis.case.findings import Disposition, Hop
from workbench.analysis.device.matching import State
from workbench.analysis.diagnosis.handshake import HandshakeStep


class DropReason(StrEnum):
    """What stops a packet at a device."""

    STATE = "no state for it"  # the filter denies it because the device did not see the beginning
    FULL = "no room for a new session"  # its session table is full
    LIMIT = "a limit of connections is reached"  # a rule counts them
    RATE = "a rate limit or chance decides what is dropped"
    PORTS = "no port left to translate to"
    POLICY = "policy"  # the filter denies the beginning of the flow
    STATELESS = "filter without state"  # the filter denies it whatever the state
    INPUT = "own filter of the host"
    OUTPUT = "own filter of the sender"
    # though the rules permit it as a part of its session
    TRACKING = "connection tracking refuses it"
    REVERSE_PATH = "strict reverse-path check"
    ROUTE = "no route"
    LOOP = "loop"
    NEIGHBOUR = "next hop does not answer"
    LISTENER = "nothing listens"
    WRONG_HOST = "delivered to another host"


@dataclass(frozen=True, slots=True)
class DropExplanation:
    """One explanation for one packet at one device."""

    kind: DropReason
    text: str
    certain: bool = True
    ct_state: str | None = None
    rule: FilterRule | None = None
    chain: FilterChain | None = None
    rejects: bool = False
    evidence: tuple[str, ...] = ()
    cure: Remedy | None = None  # where no rule of a filter would mend it
    why: str = ""  # `text` without who does what: the rule, the limit or the setting that decides


@dataclass(frozen=True, slots=True)
class Passage:
    """One packet at one hop: where it comes from in the walk, and what the device's conntrack makes
    of it."""

    hop: Hop
    step: HandshakeStep
    reverse: bool
    first: bool
    last: bool
    disposition: Disposition
    ct_state: State
    tcp_flags: str | None = None  # as seen on the wire; None = those of any such packet
