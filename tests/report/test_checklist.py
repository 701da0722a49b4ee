"""The twelve points from plain values: a point is done by a run only when the devices that matter
answered, in both directions.

    [app01] -- (r1) -- {fw-a} -- (r3) -- [db01]     back by {fw-b}
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from workbench.analysis.case.state_boundary import Holds, Sharing, Sight, StateBoundary, StateKept
from workbench.report.checklist.facts import Afterwards, Answer, Applied, ByHand, Looked, Ways
from workbench.report.checklist.rows import rows
from workbench.report.checklist.words import Mark, Row

FLOW = Flow.parse("tcp 10.1.0.10:51514 > 10.9.0.20:5432")
DEVICES = ("app01", "r1", "fw-a", "r3", "db01", "fw-b")
NOON, LATER = datetime(2026, 11, 30, 12, tzinfo=UTC), datetime(2026, 11, 30, 13, tzinfo=UTC)
EVERY = (
    *(Question.CAPTURE, Question.ROUTE_CHOICE, Question.RULES, Question.SETTINGS),
    *(Question.SESSION_STATS, Question.SESSIONS),
)


def firewall(name: str, **more: Any) -> StateBoundary:
    row = StateBoundary(name, (StateKept.SESSIONS,), Sight.SEEN, Sight.BYPASSED, Holds.REQUEST)
    return replace(row, group="edge", sharing=Sharing.REFUTED, **more)


WAYS = Ways("app01", "db01", DEVICES, boundaries=(firewall("fw-a"), firewall("fw-b")))


def answers(devices: tuple[str, ...] = DEVICES, status: str = "answered") -> tuple[Answer, ...]:
    return tuple(Answer(name, q.value, status, f"{name}-{q}") for name in devices for q in EVERY)


def looked(*given: Answer, number: int | None = 1, ways: Ways = WAYS, **more: Any) -> Looked:
    return Looked(number, "riley", given or answers(), ways, final=True, **more)


def listed(*looks: Looked, after: Afterwards | None = None, **said: ByHand) -> dict[int, Row]:
    hands = {int(key.removeprefix("p")): hand for key, hand in said.items()}
    found = rows(FLOW, "riley", looks, after or Afterwards(), hands)
    return {row.number: row for row in found}


def test_a_run_that_everybody_answered_does_points_2_to_9() -> None:
    found = listed(looked())
    assert [found[n].state for n in range(2, 10)] == ["done by run 1"] * 8
    assert found[2].evidence == ("app01-capture",) and found[2].who == "riley"
    assert [found[n].mark for n in (10, 11, 12)] == [Mark.OPEN] * 3


def test_twelve_rows_are_open_before_any_run_but_the_flow() -> None:
    found = listed()
    assert len(found) == 12 and found[1].done
    assert {found[n].mark for n in range(2, 13)} == {Mark.OPEN}


def test_a_flow_without_its_source_port_is_partly_chosen() -> None:
    [first, *_] = rows(replace(FLOW, sport=None), "riley", (), Afterwards(), {})
    assert first.mark is Mark.PARTLY and "source port is not known" in first.finding


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("no answer", "fw-b did not answer"),
        ("refused", "fw-b refused"),
        ("not asked", "fw-b was not asked"),
        ("unparsed", "fw-b answered what could not be read"),
    ],
)
def test_a_point_that_one_device_left_open_is_partly_done(status: str, words: str) -> None:
    others = tuple(name for name in DEVICES if name != "fw-b")
    found = listed(looked(*answers(others), *answers(("fw-b",), status)))
    for number in (6, 7, 8, 9):
        assert found[number].mark is Mark.PARTLY and not found[number].done
        assert found[number].finding.startswith(f"Partly: {words}.")
    assert found[2].mark is Mark.RUN, "the client answered"


def test_a_device_that_nobody_asked_leaves_its_points_open_in_part() -> None:
    found = listed(looked(*answers(DEVICES[:-1])))
    assert found[7].finding.startswith("Partly: fw-b was not asked.")


def test_a_cut_answer_is_no_answer_in_full() -> None:
    cut = tuple(replace(one, cut=one.device == "db01") for one in answers())
    found = listed(looked(*cut))
    assert (
        found[3].mark is Mark.OPEN
        and found[3].finding == "Not answered: the answer of db01 is cut."
    )


def test_one_end_is_half_of_the_routes() -> None:
    found = listed(looked(*answers(("app01", "r1", "fw-a"))))
    assert found[4].finding.startswith("Partly: db01 was not asked")


def test_a_hop_that_cannot_be_asked_and_a_way_without_its_end_are_said() -> None:
    ways = replace(WAYS, dark=("198.51.100.9",), unknown=("the end of the way back",))
    found = listed(looked(ways=ways))
    assert found[6].finding.startswith(
        "Partly: 198.51.100.9 cannot be asked and the end of the way back is not known."
    )


def test_an_end_that_the_inventory_does_not_know_is_never_done() -> None:
    found = listed(looked(ways=replace(WAYS, server="")))
    assert found[3].mark is Mark.OPEN
    assert found[4].finding.startswith("Partly: the server is not known.")


def test_without_a_walk_only_the_ends_are_known() -> None:
    found = listed(looked(ways=Ways("app01", "db01")))
    assert found[5].mark is Mark.RUN and found[6].mark is Mark.OPEN


def test_the_run_that_answered_more_speaks_and_of_equals_the_fault_s() -> None:
    stopped = looked(*answers(("app01",)), number=1)
    whole = looked(number=2)
    assert listed(stopped, whole)[3].run == 2
    assert listed(looked(number=1), looked(number=2))[3].run == 1


def test_what_was_pasted_before_any_run_is_done_by_hand() -> None:
    pasted = tuple(replace(one, pasted_by="sam") for one in answers(("app01",)))
    found = listed(Looked(None, "", pasted, Ways("app01", "")))
    assert (found[2].state, found[2].who) == ("done by hand", "sam")


@pytest.mark.parametrize(
    ("samples", "finding"),
    [
        ((), ""),
        (("before",), ""),
        (("before", "after"), "No such counter rose while the run watched."),
    ],
    ids=["read once", "no second sample", "read twice"],
)
def test_a_counter_says_nothing_until_it_was_read_twice(
    samples: tuple[str, ...], finding: str
) -> None:
    read = [
        Answer(name, Question.SESSION_STATS.value, "answered", f"{name}-{when}", sample=when)
        for name in ("fw-a", "fw-b")
        for when in samples
    ]
    assert listed(looked(*answers(), *read))[7].finding == finding


# --- what people say ---


def said(mark: str, why: str = "because", at: datetime = NOON) -> ByHand:
    return ByHand(7, mark, "alex", why, at)


def test_a_person_does_and_skips_what_no_run_did() -> None:
    found = listed(
        p10=said("skipped", "no maintenance window"), p5=said("done", "ip rule is plain")
    )
    assert (found[10].state, found[10].finding) == ("skipped", "no maintenance window")
    assert (found[5].state, found[5].who, found[5].seq) == ("done by hand", "alex", 7)


def test_what_a_run_answered_stands_above_what_a_person_says() -> None:
    assert listed(looked(), p5=said("skipped"))[5].mark is Mark.RUN


def test_a_point_that_is_opened_again_waits_for_a_later_run() -> None:
    again = said("reopened", "the client moved")
    found = listed(looked(started_at=NOON), p2=again)
    assert (found[2].mark, found[2].finding) == (Mark.OPEN, "Opened again: the client moved")
    assert listed(looked(started_at=LATER), p2=again)[2].mark is Mark.RUN


# --- after the fix ---

CHANGED = Applied("sam", "r3", NOON)


@pytest.mark.parametrize(
    ("after", "marks"),
    [
        (Afterwards(healthy=1), "skipped skipped open"),
        (Afterwards(fault=1, watches=3), "open open open"),
        (Afterwards(fault=1, changes=(CHANGED,)), "partly open open"),
        (Afterwards(fault=1, changes=(CHANGED,), checked=2), "done by run 2 open open"),
        (Afterwards(fault=1, proof=2), "partly partly open"),
        (Afterwards(fault=1, state="mitigated"), "open partly open"),
        (Afterwards(fault=1, state="resolved"), "open partly open"),
        (Afterwards(fault=1, proof=2, state="resolved"), "partly done by hand open"),
        (Afterwards(fault=1, items_open=1, items_done=1), "open open partly"),
        (Afterwards(fault=1, items_done=2), "open open done by hand"),
    ],
)
def test_the_repair_is_told_by_the_record(after: Afterwards, marks: str) -> None:
    found = listed(after=after)
    assert " ".join(found[n].state for n in (10, 11, 12)) == marks


def test_a_change_that_was_rolled_back_leaves_the_point_open() -> None:
    found = listed(after=Afterwards(fault=1, taken_back=CHANGED))
    assert (found[10].mark, found[10].finding) == (Mark.OPEN, "The change on r3 was rolled back.")


def test_a_change_that_did_not_help_is_said() -> None:
    found = listed(after=Afterwards(fault=1, changes=(CHANGED,), checked=2, checked_ok=False))
    assert found[10].finding == "After the change on r3: the flow is not seen to work."
