"""Whom does a run log in to? The ends and what lies between; everybody else for a reason only.

[client] -- (r1) == [fw-a | fw-b] == (r2) -- [server], and twelve routers that are nowhere near.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from ipaddress import ip_interface

import pytest

from collectors.model.driver import Driver
from collectors.model.evidence import Evidence, Query, Question
from collectors.model.inventory import AddressWithPrefix, Device, Inventory, Login, Role
from collectors.model.records import Neighbour
from collectors.model.step import Audience, Options
from collectors.offline.recording import recording_dict, recording_from
from collectors.offline.replay import ReplayDriver
from collectors.platforms import platform_named
from tests.analysis.test_investigate import RECORDING
from workbench.analysis.case.case import Case
from workbench.analysis.case.run_events import Asking, Judged, RunEvent, Widening
from workbench.analysis.case.verdict import Cause
from workbench.analysis.run import investigate
from workbench.analysis.trace.likely_ways import likely_ways

NEAR = {"client", "r1", "fw-a", "fw-b", "r2", "server"}
FAR = tuple(
    Device(f"far{n}", Role.ROUTER, addresses=(ip_interface(f"198.18.{n}.1/24"),), login=Login("h"))
    for n in range(1, 13)
)
ALL = NEAR | {device.name for device in FAR}


class Devices(Driver):
    """They answer as they did when the recording was made, to whoever logs in; those far away have
    nothing to say."""

    def __init__(
        self, changed: dict[Question, dict[str, tuple[object, ...]]] | None = None
    ) -> None:
        self._replay, self._changed = ReplayDriver(RECORDING), changed or {}

    def ask(self, queries: Sequence[Query]) -> Iterator[Evidence]:
        for item in self._replay.ask(queries):
            records = self._changed.get(item.question, {}).get(item.device)
            yield replace(item, records=records) if records is not None else item


def inventory(**changed: tuple[str, ...] | None) -> Inventory:
    """With the addresses that the devices have; `changed` declares other ones for some."""
    case = Case(RECORDING.flow, RECORDING.inventory, RECORDING.evidence)
    devices = []
    for device in RECORDING.inventory.devices:
        held: tuple[AddressWithPrefix, ...] = tuple(
            port.address for port in case.ports_of(device.name) if not port.on_loopback
        )
        if device.name in changed:
            held = tuple(map(ip_interface, changed[device.name] or ()))
        devices.append(replace(device, addresses=held))
    return Inventory((*devices, *FAR))


def run(
    declared: Inventory, driver: Driver | None = None, options: Options | None = None
) -> list[RunEvent]:
    case = Case(RECORDING.flow, declared)
    driver = driver or Devices()
    return list(investigate(case, driver, options or Options(), platforms=platform_named))


def asked(run_events: list[RunEvent], *questions: Question) -> set[str]:
    batches = [one for one in run_events if isinstance(one, Asking)]
    queries = [query for batch in batches for query in batch.queries]
    return {query.device for query in queries if not questions or query.question in questions}


def reasons(run_events: list[RunEvent]) -> list[Widening]:
    return [one.widening for one in run_events if isinstance(one, Asking) and one.widening]


def accused(run_events: list[RunEvent]) -> tuple[Cause, str | None]:
    final = run_events[-1]
    assert isinstance(final, Judged) and final.final
    best = final.verdict.best.hypothesis
    return best.cause, best.guilty_node


RIGHT = (Cause.ASYM_STATEFUL_FW, "fw-b")


def test_nobody_logs_in_to_what_is_not_on_the_way() -> None:
    run_events = run(inventory())
    assert accused(run_events) == RIGHT
    assert (asked(run_events), reasons(run_events)) == (NEAR, [])
    last = [one for one in run_events if isinstance(one, Asking)][-1]
    assert (last.asked, last.known) == (6, 18)


def test_all_are_asked_where_a_person_wants_it() -> None:
    run_events = run(inventory(), options=Options(ask="all"))
    assert (accused(run_events), asked(run_events, Question.ROUTES)) == (RIGHT, ALL)


def test_a_device_that_may_be_anywhere_is_asked_for_its_addresses() -> None:
    run_events = run(inventory(**{"fw-b": None}))
    assert (accused(run_events), asked(run_events), reasons(run_events)) == (RIGHT, NEAR, [])


def test_everybody_says_where_he_is_while_an_end_is_unknown() -> None:
    run_events = run(inventory(server=("203.0.113.77/32",)))
    assert accused(run_events) == RIGHT
    assert asked(run_events, Question.INTERFACES) == ALL
    assert asked(run_events, Question.ROUTES, Question.FILTER) == NEAR


def test_a_walk_that_does_not_go_on_asks_the_others() -> None:
    """The inventory gives r2 an address of long ago: nobody is known to hold the server's gateway."""
    run_events = run(inventory(r2=("198.18.99.1/24",)))
    assert accused(run_events) == RIGHT
    assert reasons(run_events)[0] is Widening.WALK_STUCK
    assert asked(run_events, Question.INTERFACES) == ALL
    assert asked(run_events, Question.ROUTES) == NEAR


def test_a_machine_that_nobody_knows_answers_for_the_next_hop() -> None:
    case = Case(RECORDING.flow, RECORDING.inventory, RECORDING.evidence)
    entries = case.records("client", Question.NEIGHBOURS, Neighbour)
    strange = tuple(replace(entry, mac="02:00:00:00:99:99") for entry in entries if entry.mac)
    assert strange
    driver = Devices({Question.NEIGHBOURS: {"client": strange}})
    assert Widening.UNKNOWN_MACHINE in reasons(run(inventory(), driver))


def test_a_verdict_that_is_not_sure_asks_the_others() -> None:
    """Neither captures nor sessions are to be had: nobody can know where the packets stay."""
    mute = dict.fromkeys(NEAR, ())
    questions = (Question.CAPTURE, Question.SESSIONS, Question.SESSION_EVENTS, Question.SOCKETS)
    run_events = run(inventory(), Devices(dict.fromkeys(questions, mute)))
    assert reasons(run_events)[-1] is Widening.NOT_SURE
    assert asked(run_events, Question.INTERFACES) == ALL


def test_a_recording_of_a_run_that_asked_all_is_played_as_it_was_made() -> None:
    old = recording_dict(RECORDING)
    del old["ask"]
    assert ReplayDriver(recording_from(old)).has_all_answers
    near = recording_from(recording_dict(replace(RECORDING, audience=Audience.NEAR)))
    assert not ReplayDriver(near).has_all_answers


@pytest.mark.parametrize("host", [Role.HOST, Role.ROUTER])
def test_the_shortest_way_leads_through_no_host(host: Role) -> None:
    """A machine with a leg on either side is on the way if it passes packets on."""
    client, server = (RECORDING.inventory.named(name) for name in ("client", "server"))
    assert client is not None and server is not None
    ends = [
        replace(client, addresses=(ip_interface(f"{RECORDING.flow.src}/24"),)),
        replace(server, addresses=(ip_interface(f"{RECORDING.flow.dst}/24"),)),
    ]
    legs = tuple(ip_interface(f"{end.addresses[0].network[9]}/24") for end in ends)
    both = Device("both", host, addresses=legs, login=Login("h"))
    found = likely_ways(Case(RECORDING.flow, Inventory((*ends, both))))
    assert ("both" in found) is (host is Role.ROUTER)


def test_a_network_by_which_all_are_managed_is_no_way() -> None:
    """Every device has a leg on it, the ends too."""
    managed = [
        replace(device, addresses=(*device.addresses, ip_interface(f"172.31.0.{number}/24")))
        for number, device in enumerate(inventory().devices, 1)
    ]
    found = likely_ways(Case(RECORDING.flow, Inventory(tuple(managed))))
    assert found == {"r1", "fw-a", "fw-b", "r2"}
