"""The commands of the catalogue: bounded, fit for sudo, and about something."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.model.evidence import QueryParams, Question
from collectors.platforms import PLATFORMS
from collectors.platforms.linux import LINUX
from collectors.platforms.linux.spread import runs
from tests.collectors.platforms.asking import ABOUT, FLOW
from tests.collectors.platforms.samples import FIXTURES


def test_a_spread_is_a_loop_per_run_of_ports() -> None:
    assert list(runs([5, 6, 7, 10, 20, 30, 31])) == [(5, 7, 1), (10, 30, 10), (31, 31, 1)]
    assert list(runs([9, 5, 5])) == [(9, 9, 1), (5, 5, 1), (5, 5, 1)]
    ephemeral = LINUX.answers[Question.ROUTE_SPREAD].command(
        QueryParams(flow=FLOW, ports=tuple(range(32768, 61000)))
    )
    assert ephemeral is not None and len(ephemeral) < 400


@given(st.lists(st.integers(1, 65535), max_size=50))
def test_runs_keep_every_port_in_its_order(ports: list[int]) -> None:
    again = [port for first, last, step in runs(ports) for port in range(first, last + 1, step)]
    assert again == ports


@pytest.mark.parametrize("question", list(Question))
def test_a_question_without_its_subject_makes_no_sense_or_is_general(question: Question) -> None:
    command = LINUX.answers[question].command(QueryParams())
    assert command is None or "None" not in command


@pytest.mark.parametrize("question", [q for q, a in LINUX.answers.items() if a.privileged])
def test_privileged_commands_follow_sudo(question: Question) -> None:
    command = LINUX.answers[question].command(ABOUT)
    assert command is not None and (command.startswith("sh -c '") or "=" not in command.split()[0])
    assert command.count("'") in (0, 2) and "\n" not in command


def test_samples_lie_where_they_belong() -> None:
    for platform in PLATFORMS:
        files = [path for path in (FIXTURES / platform.name).rglob("*") if path.is_file()]
        assert {path.suffix for path in files} == {".raw", ".json"}
        assert all(
            path.with_suffix(".json").exists() and path.with_suffix(".raw").exists()
            for path in files
        )
