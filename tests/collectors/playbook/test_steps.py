"""Does every step ask the right devices, and say what an answer means?"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address, ip_interface, ip_network

import pytest

from collectors.inventory.file import from_dict
from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import Flow
from collectors.model.inventory import Device, Inventory
from collectors.model.records import HopProbe, Interface, Neighbour, NextHop, Record, Route, Socket
from collectors.model.step import Audience, Options, RunPhase, Step, Visit
from collectors.model.tunnels import Tunnel
from collectors.offline.replay import load_recording
from collectors.platforms import PLATFORMS
from collectors.playbook import STEPS, step_named
from tests.test_diagnose import RECORDING, RECORDINGS

FLOW = Flow.parse("tcp 192.0.2.20:43122 > 203.0.113.10:443")
PROBES = [step.id for step in STEPS if step.probe]
TASKS = range(1, 15)


def network(routers: int = 2) -> Inventory:
    """[client] -- (r1) -- (r2) ... -- [server], a firewall pair that is asked, and a switch that is
    not."""
    names = {
        "client": "client",
        **{f"r{n}": "router" for n in range(1, routers + 1)},
        "server": "server",
    }
    devices: list[dict[str, object]] = [
        {"name": name, "role": role, "ssh": {"host": "h"}} for name, role in names.items()
    ]
    pair = [
        {"name": n, "role": "firewall", "state_group": "edge", "ssh": {"host": "h"}}
        for n in ("fw-a", "fw-b")
    ]
    return from_dict({"devices": [*devices, *pair, {"name": "closed", "role": "router"}]})


@dataclass
class View:
    """What a step may look at."""

    inventory: Inventory = field(default_factory=network)
    flow: Flow = FLOW
    evidence: tuple[Evidence, ...] = ()
    visits: tuple[Visit, ...] = (
        Visit("client", FLOW, None, oif="eth0"),
        Visit("r1", FLOW, "eth0"),
        Visit("closed", FLOW, "eth0"),
        Visit("fw-a", FLOW, "eth1"),
        Visit("server", FLOW, "eth0"),
        Visit("server", FLOW.reversed(), None, reverse=True),
        Visit("r2", FLOW.reversed(), "eth1", reverse=True),
    )
    flows: tuple[Flow, ...] = (FLOW, FLOW.reversed())
    tried: bool = False
    unheard: tuple[Device, ...] = ()
    audience: Audience = Audience.ALL
    likely: tuple[Device, ...] = ()
    unplaced: tuple[Device, ...] = ()

    @property
    def involved(self) -> tuple[Device, ...]:
        named = [self.inventory.named(visit.device) for visit in self.visits]
        partners = [p for device in named if device for p in self.inventory.partners(device)]
        return tuple(dict.fromkeys(d for d in (*named, *partners) if d is not None))

    @property
    def client(self) -> Device | None:
        return self.inventory.named("client")

    @property
    def server(self) -> Device | None:
        return self.inventory.named("server")


def asked(
    step_id: str,
    view: View | None = None,
    run_phase: RunPhase | None = None,
    probes: str = "gentle",
) -> list[Query]:
    step = step_named(step_id)
    assert step is not None
    return list(
        step.queries(view or View(), Options(probes=probes), run_phase or step.run_phases[0])
    )


def devices(queries: list[Query]) -> set[str]:
    return {query.device for query in queries}


def test_all_tasks_of_the_guide_are_there_once() -> None:
    assert sorted(step.task for step in STEPS if step.task) == list(TASKS)


def eventful() -> View:
    """The same network, where every step finds something to ask: a tunnel, two equal ways, a silent
    last hop."""
    tunnel = Interface("wg0", 3, None, 1420, True, tunnel=Tunnel("wireguard", remote=None))
    ways = Route(
        ip_network("203.0.113.0/24"), "main", "unicast", (NextHop("eth1"), NextHop("eth2"))
    )
    last = Visit("r2", FLOW, "eth0", oif="eth1", next_hop=FLOW.dst)
    evidence = (
        Evidence("e1", Query("r1", Question.INTERFACES), Status.ANSWERED, records=(tunnel,)),
        Evidence(
            "e2",
            Query("r1", Question.NEXTHOP_SETS, QueryParams(FLOW, "eth0")),
            Status.ANSWERED,
            records=(ways,),
        ),
    )
    return View(visits=(*View().visits, last), evidence=evidence)


def asked_ever(step: Step, view: View) -> list[Query]:
    """What the step asks at all its moments, where every probe is allowed."""
    return [
        query
        for run_phase in step.run_phases
        for query in step.queries(view, Options(probes="full"), run_phase)
    ]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
def test_a_step_asks_under_its_name_and_only_whom_it_can(step: Step) -> None:
    queries = asked_ever(step, eventful())
    assert {query.step for query in queries} == {step.id}
    assert "closed" not in devices(queries)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
def test_a_step_may_ask_before_any_way_is_known_but_only_whom_it_can(step: Step) -> None:
    queries = asked_ever(step, View(visits=()))
    assert {query.step for query in queries} <= {step.id}
    assert "closed" not in devices(queries)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
def test_a_step_asks_nobody_in_an_empty_inventory(step: Step) -> None:
    assert asked_ever(step, View(inventory=Inventory(), visits=())) == []


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
def test_a_step_says_what_it_decides(step: Step) -> None:
    assert step.decision.endswith(".") and step.meaning is not None
    sends = {probes(query.question) for query in asked_ever(step, eventful())}
    assert sends == {step.probe}, "a step says whether it sends packets of its own"


def probes(question: Question) -> bool:
    """Does it send packets, on the platforms that answer it?"""
    answers = [one.answers[question] for one in PLATFORMS if question in one.answers]
    return any(answer.probe for answer in answers)


@pytest.mark.parametrize("step_id", PROBES)
def test_a_probe_is_not_sent_where_probes_are_off(step_id: str) -> None:
    assert asked(step_id, probes="off") == []


@pytest.mark.parametrize(
    ("step_id", "level"),
    [
        ("connect", "gentle"),
        ("traceroute", "gentle"),
        ("port-sweep", "full"),
        ("trace-spread", "full"),
    ],
)
def test_a_probe_is_sent_from_its_level_on(step_id: str, level: str) -> None:
    assert asked(step_id, probes=level)
    if level == "full":
        assert asked(step_id, probes="gentle") == []


def test_routes_are_asked_where_the_packet_comes_in_or_begins() -> None:
    assert {(i.device, i.params.iif) for i in asked("route-get")} == {
        ("client", None), ("r1", "eth0"), ("fw-a", "eth1"), ("server", "eth0")}  # fmt: skip
    assert {(i.device, i.params.flow) for i in asked("return-route")} == {
        ("server", FLOW.reversed()), ("r2", FLOW.reversed())}  # fmt: skip


def test_the_session_is_looked_up_on_both_members_of_a_group() -> None:
    queries = asked("sessions", run_phase=RunPhase.WINDOW)
    assert {"fw-a", "fw-b"} <= devices(queries)
    assert {i.params.sample for i in queries} == {"mid", "late"}


def test_traceroutes_come_from_both_ends_and_from_a_port_of_their_own() -> None:
    forward, back = asked("traceroute")
    assert (forward.device, back.device) == ("client", "server")
    assert forward.params.flow is not None and forward.params.flow.sport not in (None, FLOW.sport)


def hops(*answers: tuple[int, str | None]) -> Evidence:
    """A traceroute over many source ports."""
    probes = tuple(
        HopProbe(ttl, 52_000 + n, ip_address(a) if a else None)
        for n, (ttl, a) in enumerate(answers)
    )
    return Evidence("e1", Query("client", Question.TRACE_SPREAD), Status.ANSWERED, records=probes)


def test_several_routers_at_one_distance_are_told_with_how_sure_that_is() -> None:
    step = step_named("trace-spread")
    assert step is not None and step.meaning is not None
    both = [(2, "10.0.0.1"), (2, "10.0.0.2")]
    assert (
        "2 routers answer (10.0.0.1, 10.0.0.2), 11 probes; that there are no more is sure to 95 %"
        in step.meaning(hops(*both * 5, both[0]))
    )
    assert "there may be more" in step.meaning(hops(*both * 5, (2, None)))
    assert step.meaning(hops(*[(1, "10.0.0.9")] * 6)).startswith(
        "At each distance one router answers"
    )
    assert step.meaning(hops((1, None))).startswith("No device answered")


def test_an_icmp_flow_is_attempted_by_a_ping_and_no_other() -> None:
    icmp = Flow.parse("icmp 192.0.2.20 > 203.0.113.10")
    assert [(i.device, i.params.flow) for i in asked("ping", View(flow=icmp))] == [("client", icmp)]
    assert not asked("ping") and not asked("ping", View(flow=icmp), probes="off")


def test_no_attempt_of_ours_takes_the_port_that_the_client_uses_itself() -> None:
    assert devices(asked("connect")) == {"client"}
    assert not asked("connect", View(tried=True))
    any_port = Flow.parse("tcp 192.0.2.20 > 203.0.113.10:443")
    # from a port of its own
    assert devices(asked("connect", View(flow=any_port, tried=True))) == {"client"}


def test_nobody_is_asked_who_holds_an_address_where_the_answer_would_mend_the_fault() -> None:
    """[server] -- 10.0.0.1 (r2): its entry is wrong, two machines hold the address, or r2 cannot
    resolve the server."""
    visits = (
        Visit(
            "server",
            FLOW.reversed(),
            None,
            oif="eth0",
            next_hop=ip_address("10.0.0.1"),
            reverse=True,
        ),
    )
    right, wrong = (
        Neighbour(ip_address("10.0.0.1"), "eth0", mac, ("REACHABLE",)) for mac in (MAC, OTHER)
    )
    dead = Neighbour(ip_address("10.0.0.9"), "eth0", None, ("FAILED",))
    holder, own, second = (
        port(MAC, "10.0.0.1/24"),
        port(OTHER, "10.0.0.9/24"),
        port(OTHER, "10.0.0.1/24"),
    )

    def is_asked(**records: Record) -> bool:
        known = [
            Evidence(f"e{n}", Query(name, SOME), Status.ANSWERED, records=(r,))
            for n, (name, r) in enumerate(records.items())
        ]
        return devices(asked("arp-probe", View(visits=visits, evidence=tuple(known)))) == {"server"}

    assert (
        is_asked()
        and is_asked(server=right)
        and is_asked(server=right, r2=holder)
        and is_asked(server=wrong)
    )
    assert not is_asked(server=wrong, r2=holder)
    assert not is_asked(server=right, r2=holder, r1=second)
    assert not is_asked(server=own, r2=dead)


MAC, OTHER, SOME = "02:00:00:00:00:01", "02:00:00:00:00:02", Question.INTERFACES


def port(mac: str, address: str) -> Interface:
    return Interface("eth0", 2, mac, 1500, True, addresses=(ip_interface(address),))


def test_where_one_end_waits_in_vain_the_other_is_not_probed_for_sizes() -> None:
    """An answered probe would teach the other end a smaller size, and heal for minutes what is to
    be found."""
    stuck = Socket(
        FLOW.protocol, "ESTAB", FLOW.src, 43122, FLOW.dst, 443, send_queue=2000, retransmits=6
    )
    links = Evidence(
        "e1",
        Query("r1", Question.INTERFACES),
        Status.ANSWERED,
        records=(link("a", 1500), link("b", 1400)),
    )
    waits = Evidence("e2", Query("client", Question.SOCKETS), Status.ANSWERED, records=(stuck,))
    assert not asked("path-mtu", View())
    assert devices(asked("path-mtu", View(evidence=(links,)))) == {"client", "server"}
    assert devices(asked("path-mtu", View(evidence=(links, waits)))) == {"client"}
    assert devices(asked("path-mtu", View(evidence=(waits,)))) == {"client"}
    unheard = tuple(device for device in network().devices if device.name == "server")
    assert devices(asked("path-mtu", View(evidence=(links,), unheard=unheard))) == {"server"}


def link(name: str, mtu: int) -> Interface:
    return Interface(name, 2, None, mtu, True)


def test_only_a_host_that_seems_down_is_pinged_from_its_last_router() -> None:
    hop = Visit("r2", FLOW, "eth0", oif="eth1", next_hop=FLOW.dst)
    there = Evidence("e1", Query("server", Question.IDENTITY), Status.ANSWERED)
    assert devices(asked("ping", View(visits=(hop,)), RunPhase.SETTLE)) == {"r2"}
    assert not asked("ping", View(visits=(hop,), evidence=(there,)), RunPhase.SETTLE)
    failed = Neighbour(FLOW.dst, "eth1", None, ("FAILED",))
    neighbours = Evidence(
        "e2", Query("r2", Question.NEIGHBOURS), Status.ANSWERED, records=(failed,)
    )
    assert devices(
        asked("ping", View(visits=(hop,), evidence=(there, neighbours)), RunPhase.SETTLE)
    ) == {"r2"}


def test_a_translated_reply_is_traced_to_the_address_that_the_server_sees() -> None:
    seen = FLOW.reversed().translated(dst=Flow.parse("tcp 198.51.100.7:1 > 203.0.113.10:443").src)
    view = View(visits=(Visit("server", seen, None, reverse=True),))
    assert asked("traceroute", view)[1].params.flow.dst == seen.dst  # type: ignore[union-attr]


def test_a_large_network_is_not_asked_whole() -> None:
    view = View(inventory=network(routers=100))
    assert devices(asked("interfaces", view)) == {"client", "r1", "fw-a", "server", "r2", "fw-b"}
    assert devices(asked("interfaces", View(inventory=network(routers=20)))) >= {"r20"}


def test_ports_are_spread_where_there_are_several_next_hops() -> None:
    recording = load_recording(RECORDING)
    assert asked("spread") == []
    sets = next(
        e for e in recording.evidence if e.question is Question.NEXTHOP_SETS and e.device == "r1"
    )
    assert sets.params.flow is not None


# nothing in these networks calls for them, or they are younger than the recordings
UNRECORDED = {"tunnels", "port-sweep", "trace-spread", "ping", "path-mtu"}


@cache
def recorded() -> tuple[Evidence, ...]:
    """The answers of a firewall pair, and of a network with equal ways."""
    files = (RECORDINGS / "fw-pair-nosync.json.gz", RECORDINGS / "frr-ecmp.json.gz")
    return tuple(evidence for file in files for evidence in load_recording(file).evidence)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
def test_every_recorded_answer_has_a_meaning_in_one_or_two_sentences(step: Step) -> None:
    answers = [evidence for evidence in recorded() if evidence.query.step == step.id]
    assert bool(answers) is (step.id not in UNRECORDED)
    for evidence in answers:
        assert step.meaning is not None
        words = step.meaning(evidence)
        assert words[0].isupper() or words[0].isdigit() or words.startswith(evidence.device), words
        assert words.endswith(".") and "\n" not in words, words


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
@pytest.mark.parametrize("status", [s for s in Status if s is not Status.ANSWERED])
def test_what_was_not_answered_is_said_so(step: Step, status: Status) -> None:
    assert step.meaning is not None
    words = step.meaning(
        Evidence("e1", Query("r1", Question.IDENTITY, QueryParams()), status, reason="sudo refused")
    )
    assert "sudo refused" in words or "could not be read" in words


def test_an_empty_answer_is_not_a_missing_one() -> None:
    for step in STEPS:
        assert step.meaning is not None
        empty = step.meaning(
            Evidence("e1", Query("r1", Question.IDENTITY, QueryParams(flow=FLOW)), Status.ANSWERED)
        )
        assert "could not be asked" not in empty
