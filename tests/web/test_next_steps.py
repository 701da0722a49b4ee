"""The page says what to do now: the fix where the cause is known, where to look and what to bring
where it is not."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.incidents.models import EvidenceRow, Run
from workbench.inventory.models import Device
from workbench.web.presenters.next_steps import NextStep, next_steps
from workbench.web.presenters.verdict import verdict_view

pytestmark = pytest.mark.django_db
UNKNOWN = {
    "root_cause": "unknown_beyond_visibility",
    "verdict": "inconclusive",
    "confidence": 0.6,
    "fixes": [],
}


def steps(run: Run, **changes: Any) -> list[NextStep]:
    run.verdict = {**(run.verdict or {}), **changes}
    return next_steps(run, verdict_view(run))


def test_a_known_cause_names_the_first_fix_with_its_command(judged_run: Run) -> None:
    first = steps(judged_run)[0]
    assert first.text == "On r3: send the replies back the way the requests came."
    assert first.command == "ip route replace 10.1.0.0/24 via 10.6.0.1 dev eth1"
    assert first.linked == "both proposals, with side effects and rollback"


def test_a_port_that_works_is_told_meanwhile(judged_run: Run) -> None:
    judged_run.picture = {
        **(judged_run.picture or {}),
        "spread": {"working_port": 40012, "ways": []},
    }
    assert any("source port 40012" in step.text for step in steps(judged_run))


def test_a_working_flow_needs_no_change_but_other_ports_may(judged_run: Run) -> None:
    judged_run.picture = {
        **(judged_run.picture or {}),
        "spread": {"ways": [{"fails": True}, {"fails": False}]},
    }
    texts = [
        step.text
        for step in steps(
            judged_run, root_cause="healthy_symmetric", verdict="healthy", confidence=0.9
        )
    ]
    assert texts[0].startswith("Other source ports") and texts[1].startswith("Nothing to change")


def test_a_place_that_cannot_be_asked_is_to_be_captured_and_brought(judged_run: Run) -> None:
    found = steps(
        judged_run,
        **UNKNOWN,
        unreached=["10.9.9.9", "10.7.7.7"],
        reverse_path=["db01", "10.9.9.9", "app01"],
    )
    # the other one is not on the way that is lost
    assert "Bothways cannot ask 10.9.9.9." in found[0].text
    assert found[0].command == "tcpdump -ni any -s 128 -w flow.pcap 'host 10.9.0.20 and port 5432'"
    assert found[0].link.endswith("/paste?device=10.9.9.9")


def test_a_device_that_may_not_show_its_filter_asks_for_the_right_or_a_paste(
    judged_run: Run,
) -> None:
    EvidenceRow.objects.filter(run=judged_run, device="fw-b", question="filter").update(
        status="refused"
    )
    text = " ".join(step.text for step in steps(judged_run, **UNKNOWN))
    assert (
        "fw-b may not show its packet filter." in text
        and "r3 may not show its session table." in text
    )


def test_a_place_where_packets_end_for_no_known_reason_is_to_be_looked_at(judged_run: Run) -> None:
    assert steps(judged_run, **UNKNOWN)[0].drawer.endswith("/hop?device=fw-b")


def test_a_flow_that_nobody_tried_is_to_be_tried(judged_run: Run) -> None:
    judged_run.picture = {**(judged_run.picture or {}), "ladder": None}
    judged_run.options = {**judged_run.options, "probes": "off"}
    assert "allow gentle probes" in steps(judged_run, **UNKNOWN)[0].text


def test_a_likely_cause_says_what_would_make_it_surer(judged_run: Run) -> None:
    texts = [
        step.text for step in steps(judged_run, confidence=0.67, would_settle="a capture on fw-b")
    ]
    assert "To be surer: a capture on fw-b." in texts


@pytest.mark.parametrize(
    "known", [{}, {"last_seen": "leaving"}], ids=["as version 0.1 kept it", "today"]
)
def test_packets_that_vanish_between_two_points_are_looked_for_between_them(
    judged_run: Run, known: dict[str, str]
) -> None:
    drop = {
        "node": "fw-b",
        "packet": "ACK",
        "where": "6 ACK packets passed fw-b and never came to app01",
    } | known
    first = steps(judged_run, **UNKNOWN, drop=drop)[0]
    assert first.text.startswith("Look between: 6 ACK packets passed fw-b and never came to app01.")


def test_a_run_that_could_not_begin_says_what_it_lacked(judged_run: Run) -> None:
    judged_run.verdict, judged_run.state = None, "failed"
    again, bring = next_steps(judged_run, None)
    assert again.text.startswith("Run again") and bring.linked == "paste or upload"
    Device.objects.all().delete()
    assert next_steps(judged_run, None)[0].linked == "import an inventory"
    judged_run.state = "running"
    assert next_steps(judged_run, None) == []
