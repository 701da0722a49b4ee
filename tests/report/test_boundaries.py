"""The state boundaries in words: who expects to see both directions, and what is not known of it.

[app01] -- (r1) -- {fw-a} -- (r3) -- [db01]
              \\--- {fw-b} ---/
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from workbench.analysis.case.state_boundary import Holds, Sharing, Sight, StateBoundary, StateKept
from workbench.report.boundaries import boundaries_of, lines, sentence

SEEN, GONE, ROUTED, UNKNOWN = Sight.SEEN, Sight.BYPASSED, Sight.ROUTED, Sight.UNKNOWN


def firewall(name: str, request: Sight, reply: Sight, **more: object) -> StateBoundary:
    row = StateBoundary(name, (StateKept.SESSIONS,), request, reply, Holds.REQUEST)
    return replace(row, **more)  # type: ignore[arg-type]


def test_two_firewalls_that_see_one_direction_each() -> None:
    pair = {"group": "edge", "sharing": Sharing.REFUTED}
    rows = (firewall("fw-a", SEEN, GONE, **pair), firewall("fw-b", GONE, SEEN, **pair))
    assert sentence(rows, "tcp") == (
        "fw-a and fw-b expect to see both SYN and SYN-ACK: fw-a sees the SYN, not the SYN-ACK; fw-b"
        " sees the SYN-ACK, not the SYN. The members of edge do not share this session."
    )


def test_what_nobody_knows_is_said_as_unknown() -> None:
    rows = (firewall("fw-a", ROUTED, UNKNOWN, holds=Holds.REFUSED),)
    assert sentence(rows, "udp", ["198.51.100.9"]) == (
        "fw-a expects to see both request and reply: it is on the path of the request, not"
        " captured, whether it sees the reply is not known. 198.51.100.9 cannot be asked: whether"
        " it keeps state is not known."
    )
    assert lines(rows)[0].holds == "refused to show it"


def test_without_state_between_the_ends_nobody_expects_both() -> None:
    ends = (StateBoundary("app01", (StateKept.SOCKET,), SEEN, SEEN, Holds.BOTH),)
    assert sentence(ends, "tcp") == (
        "No device between the ends expects to see both SYN and SYN-ACK."
    )
    assert sentence(ends, "tcp", ["r9"]).startswith("No device between the ends that could be")


def test_a_partner_that_neither_direction_passes_is_in_the_table_and_not_in_the_sentence() -> None:
    rows = (firewall("fw-a", SEEN, SEEN), firewall("fw-b", GONE, GONE, holds=Holds.NONE))
    assert sentence(rows, "tcp") == "fw-a expects to see both SYN and SYN-ACK: it sees both."
    assert [line.one_sided for line in lines(rows)] == [False, False]


def test_a_reverse_path_check_expects_no_second_direction() -> None:
    check = StateBoundary("r1", (StateKept.REVERSE_PATH,), SEEN, GONE)
    assert "r1" not in sentence((check,), "tcp")
    assert lines((check,))[0].holds == "–"


@pytest.mark.parametrize("complete", [True, False])
def test_a_run_that_kept_no_table_is_told_by_its_picture(complete: bool) -> None:
    fw = {"name": "fw-a", "boundary": "firewall", "group": "edge", "came_in": 3, "went_out": 3}
    picture = {
        "forward": {"hops": [{"name": "app01"}, fw], "complete": True},
        "reverse": {"hops": [{"name": "db01"}], "complete": complete},
    }
    verdict = {"verdict": "broken", "guilty_node": "fw-a"}
    [row] = boundaries_of(verdict, picture)
    assert (row.request, row.holds, row.suspect) == (SEEN, Holds.NOT_KEPT, True)
    assert row.reply is (GONE if complete else UNKNOWN)
    assert boundaries_of({**verdict, "verdict": "healthy"}, picture)[0].suspect is False


def test_a_row_comes_back_out_of_the_verdict_object_as_it_went_in() -> None:
    row = firewall("fw-a", SEEN, GONE, group="edge", sharing=Sharing.PROVED, evidence=("e1",))
    assert boundaries_of({"boundaries": [row.as_dict()]}, None) == (row,)
