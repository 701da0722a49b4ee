"""What a person brings for a device that cannot be asked counts as evidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from collectors.model.evidence import Question, Status
from collectors.model.inventory import Inventory
from collectors.model.records import Neighbour, RouteChoice
from tests.incidents.conftest import FLOW
from tests.incidents.test_investigator import Nobody
from workbench.analysis.case.case import Case
from workbench.analysis.case.run_events import RunEvent
from workbench.incidents import actions, queries
from workbench.incidents.models import EvidenceRow, Incident, Run
from workbench.incidents.pasted import pasting, pieces
from workbench.incidents.pasted.pasting import CannotRead
from workbench.incidents.roles import NotAllowed
from workbench.incidents.storage import evidence_rows
from workbench.incidents.worker.investigator import Investigator

ROUTE = b"""ops@fw-a:~$ ip route get 192.0.2.20 from 203.0.113.10 iif eth1
192.0.2.20 from 203.0.113.10 via 198.51.100.1 dev eth0
    cache iif eth1
"""
NEIGHBOURS = b"192.0.2.1 dev eth0 lladdr 02:00:00:00:00:01 REACHABLE\n"


def test_the_command_says_which_direction_and_interface() -> None:
    read = pasting.read(ROUTE, FLOW, "fw-a", "rita")
    assert (read.question, read.status, read.pasted_by) == (
        Question.ROUTE_CHOICE,
        Status.ANSWERED,
        "rita",
    )
    assert (read.params.flow, read.params.iif) == (FLOW.reversed(), "eth1")
    [choice] = read.of(RouteChoice)
    assert choice.next_hop is not None and choice.next_hop.interface == "eth0"
    assert read.stdout == ROUTE


def test_an_output_is_recognised_by_its_looks() -> None:
    assert pasting.read(NEIGHBOURS, FLOW, "fw-a", "rita").of(Neighbour)


def test_a_whole_session_at_a_terminal_is_read_command_by_command() -> None:
    session = (
        ROUTE + b"ops@fw-a:~$ ls\nnotes.txt\nops@fw-a:~$ ip neigh show dev eth0\n" + NEIGHBOURS
    )
    paste = pieces.read_all(session, FLOW, "fw-a", "rita")
    assert [item.question for item in paste.evidence] == [
        Question.ROUTE_CHOICE,
        Question.NEIGHBOURS,
    ]
    assert paste.left_out == ("ls",)
    assert b"".join(item.stdout for item in paste.evidence) in session.replace(
        b"ops@fw-a:~$ ls\nnotes.txt\n", b""
    )


def test_a_session_without_any_known_command_is_refused() -> None:
    with pytest.raises(CannotRead, match="none of its 2 commands"):
        pieces.read_all(b"$ ls\nnotes.txt\n$ whoami\nrita\n", FLOW, "fw-a", "rita")


@pytest.mark.parametrize(
    ("content", "choice"),
    [
        (b" \n", {}),
        (b"lorem ipsum", {}),
        (b"x", {"question": "mood"}),
        (b"x", {"question": "rules", "platform": "vms"}),
    ],
)
def test_what_cannot_be_told_is_refused_in_words(content: bytes, choice: dict[str, str]) -> None:
    with pytest.raises(CannotRead):
        pasting.read(content, FLOW, "fw-a", "rita", **choice)  # type: ignore[arg-type]


def test_unreadable_lines_are_shown_and_not_dropped() -> None:
    read = pasting.read(NEIGHBOURS + b"gibberish here\n", FLOW, "fw-a", "rita")
    assert read.unread and len(read.records) == 1


@pytest.mark.django_db
def test_two_samples_of_a_counter_are_before_and_after(incident: Incident, responder: Any) -> None:
    for value in (3, 9):
        text = (
            f"cpu=0 found=0 invalid={value} insert=0 insert_failed=0 drop=0 early_drop=0 error=0"
            " search_restart=0\n"
        )
        actions.paste(responder, incident, pasting.read(text.encode(), FLOW, "fw-a", "rita"))
    case = Case(FLOW, Inventory(), evidence_rows.pasted_evidence(incident))
    assert [item.params.sample for item in case.evidence] == ["before", "after"]
    assert case.samples("fw-a", Question.SESSION_STATS) is not None


@pytest.mark.django_db(transaction=True)
def test_a_run_counts_what_was_pasted_until_it_is_taken_back(
    incident: Incident, responder: Any
) -> None:
    kept = actions.paste(responder, incident, pasting.read(ROUTE, FLOW, "fw-a", "rita"))
    gone = actions.paste(responder, incident, pasting.read(NEIGHBOURS, FLOW, "fw-a", "rita"))
    assert actions.withdraw(responder, gone) and not actions.withdraw(responder, gone)
    seen: list[str] = []

    def look(case: Case, *args: Any) -> Iterator[RunEvent]:
        seen.extend(item.id for item in case.evidence)
        assert case.inventory.named("fw-a") is not None
        yield from ()

    run = actions.start_run(responder, incident)
    from workbench.incidents.worker.investigator import begin

    begun = begin(run.pk)
    assert begun is not None
    Investigator(begun, lambda run, recorder: (Inventory(), Nobody()), look).work()
    assert seen == ["p1"] and kept.number == 1
    row = EvidenceRow.objects.get(run=run)
    assert (row.evidence_id, row.pasted_by, row.command_record) == ("p1", "rita", None)


@pytest.mark.django_db
def test_a_viewer_brings_nothing(incident: Incident, viewer: Any) -> None:
    with pytest.raises(NotAllowed):
        actions.paste(viewer, incident, pasting.read(ROUTE, FLOW, "fw-a", "vera"))


@pytest.mark.django_db
def test_pasting_stands_in_the_timeline(incident: Incident, responder: Any, run: Run) -> None:
    actions.paste(responder, incident, pasting.read(ROUTE, FLOW, "fw-a\0", "rita"))
    event = list(queries.timeline(incident))[-1]
    assert (event.kind, event.actor_name, event.payload["evidence"]) == ("pasted", "rita", "p1")


def test_the_banner_says_which_interface_was_watched() -> None:
    banner = (
        b"tcpdump: listening on wg0, link-type RAW (Raw IP), capture size 262144 bytes\n0 packets"
        b" captured\n"
    )
    evidence = pasting.read(banner, FLOW, "gw", "rita", question="capture")
    assert (evidence.params.interface, evidence.status, evidence.records) == (
        "wg0",
        Status.ANSWERED,
        (),
    )
    everywhere = pasting.read(
        banner.replace(b"wg0", b"any"), FLOW, "gw", "rita", question="capture"
    )
    assert everywhere.params.interface is None
