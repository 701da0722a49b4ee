"""Marks that say that more stood here: left out by a person, not yet shown by a pager, ended by a
key."""

from __future__ import annotations

import pytest

from collectors.paste.marks import marked

LEFT_OUT = (
    "...", "[...]", "(...)", "# ... 40 more rules", "... and so on", "[snip]", "-- snip --", "<output omitted>",
    "--- 8< ---", "[120 lines removed]", "(truncated)", "…",
)  # fmt: skip
WAITING = (
    "--More--",
    " --More-- ",
    "---(more 45%)---",
    "<--- More --->",
    "lines 1-23",
    "lines 1-23/80 (30%)",
)
SAYS_NOTHING = (
    "--- 10.0.0.1 ping statistics ---", "[1234.5] eth0: link up", "-A INPUT -j DROP", "[UPDATE] tcp      6 432000",
    "... 08:44:28.997 IP 192.0.2.1.5 > 192.0.2.2.6: Flags [S]", "=== ip rule ===", "--- localhost ---", "...: 3 4",
)  # fmt: skip


@pytest.mark.parametrize("mark", LEFT_OUT)
def test_a_person_left_lines_out(mark: str) -> None:
    assert marked(f"one\n{mark}\ntwo\n").stretches == ("one\n", "two\n")


@pytest.mark.parametrize("mark", WAITING)
def test_a_pager_that_waits_at_the_end_shows_a_part(mark: str) -> None:
    assert marked(f"one\n{mark}\n\n").paged
    went_on = marked(f"one\n{mark}\ntwo\n")
    assert not went_on.paged and went_on.text == "one\ntwo\n"


@pytest.mark.parametrize("line", SAYS_NOTHING)
def test_what_tools_print_is_no_mark(line: str) -> None:
    found = marked(f"one\n{line}\n")
    assert not (found.omitted or found.paged or found.ended) and line in found.text


def test_a_key_ended_it() -> None:
    assert marked("one\n^C\n").ended


CLOCKS = (
    "Mon Nov 30 03:27:12 UTC 2026",
    "Mon 30 Nov 2026 03:27:12 AM CET",
    "2026-11-30T03:27:12+00:00",
)


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_clock_is_no_output(clock: str) -> None:
    assert marked(f"{clock}\none\n").text == "one\n"


DUMP = (
    "10:00:00.1 IP 192.0.2.1.5 > 192.0.2.2.6: Flags [P.], seq 1:4, ack 1, length"
    " 3\nE..7..@.@...\n...\n....P\n"
)


def test_dots_among_the_bytes_of_a_dump_are_bytes() -> None:
    assert not marked("h$ tcpdump -nnAi eth0\n" + DUMP).omitted
    assert not marked(DUMP).omitted
    assert marked("h$ tcpdump -nnAi eth0\n" + DUMP + "[...]\n" + DUMP).omitted
    assert marked(
        "h$ tcpdump -nni eth0\n10:00:00.1 IP 192.0.2.1.5 > 192.0.2.2.6: UDP, length 3\n...\n"
    ).omitted
