"""A firewall pair without shared state, shown step by step as a run would find it.

[app01] -- (r1) -- {fw-a} -- (r3) -- [db01]
              \\--- {fw-b} ---/          SYN by fw-a, SYN-ACK by fw-b: dropped there
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_interface

from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import Flow
from collectors.model.inventory import Device, Inventory, Login, Role
from collectors.model.records import Packet, Session
from collectors.model.step import RunPhase
from collectors.platforms.linux.counter_meanings import counted
from workbench.analysis.case.case import Case
from workbench.analysis.case.drop import Drop
from workbench.analysis.case.findings import (
    Basis,
    Boundary,
    Disposition,
    Findings,
    Hop,
    Observation,
    Trace,
)
from workbench.analysis.case.packet_kinds import PacketKind
from workbench.analysis.case.run_events import Asking, Judged, Learned, RunEvent, Walked
from workbench.analysis.case.verdict import (
    Cause,
    Direction,
    Fix,
    FixClass,
    Hypothesis,
    Outcome,
    Ranked,
    Reason,
    Verdict,
)
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.state.boundary_table import accused, boundary_table

FLOW = Flow.parse("tcp 10.1.0.10:51514 > 10.9.0.20:5432")
HOSTILE = b"<script>alert(1)</script> \x1b[31mred\x1b[0m \x00\x07 &lt;b&gt; \xff"


def _device(name: str, role: Role, address: str, port: int, group: str | None = None) -> Device:
    login = Login("127.0.0.1", port, "ops")
    return Device(name, role, "linux", "fra1", group, (ip_interface(address),), login, sudo=True)


INVENTORY = Inventory(
    (
        _device("app01", Role.CLIENT, "10.1.0.10/24", 2201),
        _device("r1", Role.ROUTER, "10.1.0.1/24", 2202),
        _device("fw-a", Role.FIREWALL, "10.5.0.1/24", 2203, "edge"),
        _device("fw-b", Role.FIREWALL, "10.5.0.2/24", 2204, "edge"),
        _device("r3", Role.ROUTER, "10.9.0.1/24", 2205),
        _device("db01", Role.SERVER, "10.9.0.20/24", 2206),
    )
)
COMMANDS = {
    Question.ROUTE_CHOICE: (
        "ip -j -d route get 10.9.0.20 from 10.1.0.10 iif eth0 ipproto tcp sport 51514 dport 5432"
    ),
    Question.CAPTURE: (
        "timeout 6 tcpdump -i any -n -s 128 -w - 'tcp and host 10.1.0.10 and host 10.9.0.20'"
    ),
    Question.SESSIONS: (
        "conntrack -L -o xml,extended,id -p tcp --orig-src 10.1.0.10 --orig-dst 10.9.0.20"
    ),
    Question.SESSION_STATS: "conntrack -S",
    Question.FILTER: "nft -j list ruleset",
}


def packet(
    time: float, reverse: bool, flags: str, outgoing: bool, interface: str = "eth0"
) -> Packet:
    """One packet of the flow as a capture saw it."""
    flow = FLOW.reversed() if reverse else FLOW
    return Packet(1_700_000_000 + time, interface, outgoing, flow, 60, 63, 4711, flags, 1000, None)


def answers() -> list[Evidence]:
    """What the devices said, in order."""
    found = []
    for index, device in enumerate(INVENTORY.devices):
        for place, question in enumerate(COMMANDS):
            found.append(_answer(f"e{index * 10 + place}", device.name, question))
    return found


def _answer(evidence_id: str, device: str, question: Question) -> Evidence:
    records = {
        Question.SESSIONS: (
            (Session(FLOW, FLOW.reversed(), "SYN_SENT", unreplied=True),)
            if device == "fw-a"
            else ()
        ),
        Question.SESSION_STATS: (counted("conntrack", "invalid", 6 if device == "fw-b" else 0),),
    }.get(question, ())
    out = (
        HOSTILE
        if question is Question.FILTER
        else f"output of {question} on {device}\n".encode() * 3
    )
    status, reason = (
        (Status.REFUSED, "sudo refused: a password is required")
        if (device, question)
        == (
            "r3",
            Question.SESSIONS,
        )
        else (Status.ANSWERED, None)
    )
    return Evidence(
        evidence_id,
        Query(device, question, QueryParams(flow=FLOW), _STEPS[question]),
        status,
        COMMANDS[question],
        out,
        b"",
        0,
        records,
        reason=reason,
        taken_at=1_700_000_000.0,
        duration=0.21,
        clock_offset=1.25 if device == "fw-b" else 0.002,
        clock_uncertainty=0.01,
    )


_STEPS = {
    Question.ROUTE_CHOICE: "route-get",
    Question.CAPTURE: "capture-client",
    Question.SESSIONS: "sessions",
    Question.SESSION_STATS: "session-stats",
    Question.FILTER: "invalid-counters",
}


def _hop(
    device: str, address: str, iif: str | None, oif: str | None, reverse: bool, **more: object
) -> Hop:
    flow = FLOW.reversed() if reverse else FLOW
    hop = Hop(
        device,
        ip_address(address),
        iif,
        oif,
        None,
        flow,
        flow,
        decided="main: default via the next hop",
        table="main",
    )
    return replace(hop, **more)  # type: ignore[arg-type]


FORWARD = (
    _hop("app01", "10.1.0.10", None, "eth0", False),
    _hop("r1", "10.1.0.1", "eth0", "eth1", False),
    _hop(
        "fw-a",
        "10.5.0.1",
        "lan0",
        "wan0",
        False,
        boundary=Boundary.FIREWALL,
        evidence=("e20", "e22"),
    ),
    _hop("r3", "10.9.0.1", "eth1", "eth0", False),
    _hop("db01", "10.9.0.20", "eth0", None, False),
)
REVERSE = (
    _hop("db01", "10.9.0.20", None, "eth0", True),
    _hop("r3", "10.9.0.1", "eth0", "eth2", True),
    _hop(
        "fw-b",
        "10.5.0.2",
        "wan0",
        "lan0",
        True,
        boundary=Boundary.FIREWALL,
        evidence=("e30", "e33"),
    ),
    _hop("r1", "10.1.0.1", "eth2", "eth0", True),
    _hop("app01", "10.1.0.10", "eth0", None, True),
)
DROP = Drop(
    "fw-b",
    "wan0",
    PacketKind.SYN_ACK,
    "forward chain, rule ct state invalid drop",
    True,
    ("e31", "e34"),
    names_packet=False,
)


def findings(length: int = 5, seen: bool = True) -> Findings:
    """The findings when so many hops of each side are known, before or after the capture."""
    case = Case(FLOW, INVENTORY, tuple(answers()))
    disposition = Disposition.DELIVERED if length == 5 else Disposition.UNRESOLVED
    forward, reverse = (
        _path(hops[:length], disposition, back, seen)
        for hops, back in ((FORWARD, False), (REVERSE, True))
    )
    found = Findings(case, forward, reverse)
    return (
        replace(found, observations=_observations(), drop=DROP, drops=(DROP,), attempts_seen=True)
        if seen
        else found
    )


def _path(hops: tuple[Hop, ...], disposition: Disposition, reverse: bool, seen: bool) -> Trace:
    basis = Basis.OBSERVED if seen else Basis.PREDICTED
    shown = tuple(replace(hop, basis=basis) for hop in hops)
    return Trace(FLOW.reversed() if reverse else FLOW, shown, disposition, reverse)


def _observations() -> tuple[Observation, ...]:
    syns = tuple(packet(t, False, "S", False) for t in (0.0, 1.02, 3.03))
    acks = tuple(packet(t, True, "S.", False) for t in (0.001, 1.021, 3.031))
    forward = [
        Observation(d, False, syns, syns, (f"e{i}1",))
        for i, d in ((1, "r1"), (2, "fw-a"), (4, "r3"))
    ]
    return (
        Observation("app01", False, (), syns, ("e1",)),
        *forward,
        Observation("db01", False, syns, (), ("e51",)),
        Observation("db01", True, (), acks, ("e51",)),
        Observation("r3", True, acks, acks, ("e41",)),
        Observation(
            "fw-b", True, tuple(replace(p, time=p.time + 1.25) for p in acks), (), ("e31",)
        ),
        Observation("r1", True, (), (), ("e11",)),
        Observation("app01", True, (), (), ("e1",)),
    )


def verdict(final: bool = True) -> Verdict:
    """What is concluded."""
    best = Hypothesis(
        Cause.ASYM_STATEFUL_FW,
        "fw-b",
        "r3",
        Direction.REVERSE,
        (
            Reason(4.0, "the SYN-ACK came in at fw-b and did not go out, three times", ("e31",)),
            Reason(
                3.0,
                "fw-a holds SYN_SENT [UNREPLIED]; fw-b holds nothing for this flow",
                ("e22", "e32"),
            ),
            Reason(2.0, "conntrack's invalid counter of fw-b rose by 3 in the window", ("e33",)),
            Reason(
                -0.5,
                "both firewalls are declared as one state group, so they ought to share sessions",
                (),
            ),
        ),
        (
            Fix(
                FixClass.MAKE_RETURN_PATH_SYMMETRIC,
                "r3",
                ("ip route replace 10.1.0.0/24 via 10.6.0.1 dev eth1",),
                ("ip route replace 10.1.0.0/24 via 10.6.0.2 dev eth2",),
                "moves all replies to 10.1.0.0/24, those of working flows too",
                True,
                "the next run shows both directions at fw-a",
            ),
            Fix(
                FixClass.ENABLE_STATE_SYNC,
                "fw-b",
                ("systemctl enable --now conntrackd",),
                (),
                "",
                False,
            ),
        ),
        "a session of this flow on fw-b would refute it",
        "the session tables of both firewalls at the same moment: asked, answered",
        "The SYN leaves through fw-a, but r3 sends the SYN-ACK back through fw-b, which never saw"
        " it and drops it.",
    )
    other = Hypothesis(
        Cause.TRANSIT_POLICY_DENY,
        "fw-b",
        None,
        Direction.REVERSE,
        (
            Reason(1.0, "a rule of fw-b counted the packets", ("e34",)),
            Reason(-3.0, "the rule is for invalid state"),
        ),
        refuted_by="the counting rule matches ct state invalid, not this flow",
    )
    return Verdict(
        Outcome.BROKEN,
        Ranked(best, 0.97 if final else 0.62),
        (Ranked(other, 0.05),),
        (),
        DROP,
        tuple(h.name for h in FORWARD),
        tuple(h.name for h in REVERSE),
        True,
        ("fw-a",),
        ("fw-b",),
        boundaries=accused(boundary_table(Context(findings())), Outcome.BROKEN, (best,)),
    )


def run_events() -> list[RunEvent]:
    """The whole run in the order in which a page sees it."""
    given = answers()
    queries = tuple(evidence.query for evidence in given)
    growing = [Walked(findings(length, seen=False)) for length in (1, 2, 3, 4, 5)]
    return [
        Asking(RunPhase.SURVEY, queries[:12]),
        *(Learned(evidence) for evidence in given[:12]),
        *growing,
        Asking(RunPhase.WINDOW, queries[12:], 6.0),
        *(Learned(evidence) for evidence in given[12:]),
        Judged(findings(), verdict(final=False), False),
        Judged(findings(), verdict(), True),
    ]
