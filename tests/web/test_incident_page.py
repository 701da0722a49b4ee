"""The incident's page: what it tells, and that nothing a device or a person said becomes markup."""

from __future__ import annotations

import json
from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from tests.web import story
from tests.web.conftest import begun, tell
from workbench.incidents import actions, fault
from workbench.incidents.models import Event, Incident, Run
from workbench.incidents.queries import RunProgress, compare
from workbench.incidents.worker import progress
from workbench.web.presenters import timeline
from workbench.web.presenters.progress import bars, run_line
from workbench.web.presenters.verdict import verdict_view


def test_it_tells_the_whole_story(browse: Callable[[str], Client], judged_run: Run) -> None:
    client, address = browse("responder"), f"/incidents/{judged_run.incident_id}"
    places = (
        address,
        f"{address}/parts/why",
        f"{address}/parts/table",
        f"{address}/parts/progress",
    )
    page = "".join(client.get(place).content.decode() for place in places)
    for words in (
        "Replies return through another firewall",
        "r3 sends the SYN-ACK back through fw-b",
        "97 %",
        "confident",
        "the SYN-ACK came in at fw-b",
        "What would decide it",
        "ip route replace 10.1.0.0/24 via 10.6.0.1 dev eth1",
        "dropped here: SYN-ACK: forward chain, rule ct state invalid drop",
        "1 refused",
    ):
        assert words in page


def test_titles_notes_and_outputs_never_become_markup(
    browse: Callable[[str], Client], judged_run: Run, people: dict[str, User]
) -> None:
    actions.add_note(people["responder"], judged_run.incident, "<script>alert(2)</script>")
    client = browse("responder")
    page = client.get(f"/incidents/{judged_run.incident_id}").content.decode()
    drawer = client.get(f"/incidents/{judged_run.incident_id}/runs/1/evidence/e34").content.decode()
    for text in (page, drawer):
        assert "<script>alert" not in text
        assert "<b>fails</b>" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; red ␀␇ &amp;lt;b&amp;gt; \\xff" in drawer
    assert "2 terminal sequences left out" in drawer


def test_the_download_keeps_every_byte(browse: Callable[[str], Client], judged_run: Run) -> None:
    answer = browse("viewer").get(f"/incidents/{judged_run.incident_id}/runs/1/evidence/e34/raw")
    assert answer.content == story.HOSTILE
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")


def test_every_reason_is_one_click_from_its_evidence(
    browse: Callable[[str], Client], judged_run: Run
) -> None:
    client = browse("viewer")
    page = client.get(
        f"/incidents/{judged_run.incident_id}/runs/1/reason?ids=e22,e32"
    ).content.decode()
    assert page.count("<details") == 2
    assert "conntrack -L" in page


def test_a_hop_shows_what_was_asked_there(browse: Callable[[str], Client], judged_run: Run) -> None:
    page = (
        browse("viewer")
        .get(f"/incidents/{judged_run.incident_id}/runs/1/hop?device=fw-b")
        .content.decode()
    )
    assert "3 came in, 0 went out" in page
    assert "What this rests on" in page
    nothing = (
        browse("viewer")
        .get(f"/incidents/{judged_run.incident_id}/runs/1/hop?device=100.64.9.9")
        .content.decode()
    )
    assert "Nothing was asked of it" in nothing


def test_a_run_that_could_not_judge_says_why(
    browse: Callable[[str], Client], incident: Incident
) -> None:
    run = begun(incident, incident.opened_by)  # type: ignore[arg-type]
    progress.finish_run(run, Run.State.FAILED, "no device could be reached")
    page = browse("viewer").get(f"/incidents/{incident.pk}").content.decode()
    assert "The run ended without a verdict" in page
    assert "no device could be reached" in page


def test_recordings_are_announced(browse: Callable[[str], Client], judged_run: Run) -> None:
    Run.objects.filter(pk=judged_run.pk).update(recording="pair")
    assert (
        "From recordings."
        in browse("viewer").get(f"/incidents/{judged_run.incident_id}").content.decode()
    )


def _feed(client: Client, incident: Incident, after: int) -> dict[str, object]:
    answer: dict[str, object] = client.get(f"/incidents/{incident.pk}/feed?after={after}").json()
    return answer


def test_the_feed_gives_what_is_missing_and_nothing_twice(
    browse: Callable[[str], Client], judged_run: Run
) -> None:
    client = browse("viewer")
    everything = _feed(client, judged_run.incident, 0)
    last = Event.objects.filter(incident=judged_run.incident).count()
    assert everything["upto"] == last
    assert everything["more"] is False
    assert _feed(client, judged_run.incident, last) == {
        "upto": last, "more": False, "events": [], "changed": [], "parts": {}, "figures": [],
        "answered": [], "active": False,
    }  # fmt: skip
    later = _feed(client, judged_run.incident, last - 1)
    assert [event["seq"] for event in later["events"]] == [last]  # type: ignore[attr-defined]


def test_the_feed_grows_while_a_run_tells(
    browse: Callable[[str], Client], incident: Incident
) -> None:
    client = browse("viewer")
    run = begun(incident, incident.opened_by)  # type: ignore[arg-type]
    seen, have = [], 0
    for run_event in story.run_events():
        tell(run, [run_event])
        news = _feed(client, incident, have)
        have = int(str(news["upto"]))
        seen += [event["seq"] for event in news["events"]]  # type: ignore[attr-defined]
    assert seen == sorted(set(seen))
    assert have == Event.objects.filter(incident=incident).count()


def test_the_feed_has_no_token_of_one_viewer_for_another(
    browse: Callable[[str], Client], judged_run: Run
) -> None:
    html = json.dumps(_feed(browse("responder"), judged_run.incident, 0)["parts"])
    assert 'name=\\"csrfmiddlewaretoken\\" value=\\"\\"' in html


def test_the_figure_is_plain_json(browse: Callable[[str], Client], judged_run: Run) -> None:
    drawn = (
        browse("viewer")
        .get(f"/incidents/{judged_run.incident_id}/figures/paths?theme=light&width=800")
        .json()
    )
    assert drawn["layout"]["width"] == 800
    assert any("DROPPED HERE" in text for text in drawn["data"][-1]["text"])


def test_two_runs_compared(browse: Callable[[str], Client], judged_run: Run) -> None:
    again = begun(judged_run.incident, judged_run.requested_by)  # type: ignore[arg-type]
    tell(again, story.run_events())
    better = (judged_run.verdict or {}) | {
        "divergent": False,
        "root_cause": "healthy_symmetric",
        "verdict": "healthy",
    }
    Run.objects.filter(pk=again.pk).update(verdict=better)
    page = browse("viewer").get(f"/incidents/{judged_run.incident_id}/compare").content.decode()
    assert "After the change the paths meet" in page
    assert "The flow works" in page


def test_a_run_under_way_is_not_taken_for_a_change(
    browse: Callable[[str], Client], judged_run: Run
) -> None:
    begun(judged_run.incident, judged_run.requested_by)  # type: ignore[arg-type]
    page = browse("viewer").get(f"/incidents/{judged_run.incident_id}/compare").content.decode()
    assert "Run 2 is still running" in page and "What changed" not in page


@pytest.mark.parametrize("form", ["md", "html"])
def test_the_postmortem_is_taken_and_that_is_written_down(
    browse: Callable[[str], Client], judged_run: Run, form: str
) -> None:
    body = (
        browse("viewer")
        .get(f"/incidents/{judged_run.incident_id}/postmortem.{form}")
        .content.decode()
    )
    assert "fw" in body
    assert "<script" not in body
    assert Event.objects.filter(kind="exported", payload__form=form).count() == 1


def test_notes_and_states(browse: Callable[[str], Client], judged_run: Run) -> None:
    client = browse("responder")
    client.post(f"/incidents/{judged_run.incident_id}/notes", {"text": "rolled back"})
    client.post(
        f"/incidents/{judged_run.incident_id}/state", {"state": "mitigated", "why": "rolled back"}
    )
    page = client.get(f"/incidents/{judged_run.incident_id}").content.decode()
    assert "changed the state from open to mitigated" in page
    refused = client.post(
        f"/incidents/{judged_run.incident_id}/state", {"state": "mitigated"}, follow=True
    )
    assert "is that already" in refused.content.decode()


def test_a_second_run_beside_one_is_refused_in_words(
    browse: Callable[[str], Client], incident: Incident
) -> None:
    client = browse("responder")
    client.post(f"/incidents/{incident.pk}/runs")
    again = client.post(f"/incidents/{incident.pk}/runs", follow=True).content.decode()
    assert "a run of this incident is under way" in again
    run = Run.objects.get(incident=incident)
    client.post(f"/incidents/{incident.pk}/runs/{run.number}/cancel")
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED


def _with_confidence(run: Run, confidence: float) -> None:
    Run.objects.filter(pk=run.pk).update(verdict=(run.verdict or {}) | {"confidence": confidence})


@pytest.mark.parametrize(
    ("confidence", "title"),
    [
        (0.97, "Replies return through"),
        (0.6, "Probably: replies return"),
        (0.3, "Perhaps: replies return"),
    ],
)
def test_the_heading_says_no_more_than_is_known(
    browse: Callable[[str], Client], judged_run: Run, confidence: float, title: str
) -> None:
    _with_confidence(judged_run, confidence)
    page = browse("viewer").get(f"/incidents/{judged_run.incident_id}").content.decode()
    assert title in page


def test_what_cannot_be_seen_is_never_ruled_out(judged_run: Run) -> None:
    """It is the one cause that no evidence refutes; beside an open verdict it is as open as
    that."""
    reasons = [{"weight": -6.0, "text": "seen", "evidence": []}]
    other = {"root_cause": "unknown_beyond_visibility", "confidence": 0.0, "reasons": reasons}
    rest = {"root_cause": "host_down", "confidence": 0.0, "reasons": reasons}
    for verdict, share in (("broken", "under 1 %"), ("inconclusive", "not ruled out")):
        judged_run.verdict = {
            **(judged_run.verdict or {}),
            "verdict": verdict,
            "alternatives": [other, rest],
        }
        view = verdict_view(judged_run)
        assert view is not None
        assert [one["share"] for one in view.alternatives] == [share, "ruled out"]


def test_a_guess_that_the_flow_works_does_not_explain_why_it_does(judged_run: Run) -> None:
    judged_run.verdict = {
        **(judged_run.verdict or {}),
        "verdict": "inconclusive",
        "root_cause": "healthy_symmetric",
    }
    view = verdict_view(judged_run)
    assert view is not None and view.meaning == ""


def test_the_list_of_runs_doubts_as_the_headline_does(judged_run: Run) -> None:
    judged_run.verdict = {
        **(judged_run.verdict or {}),
        "root_cause": "unknown_beyond_visibility",
        "confidence": 0.3,
    }
    judged_run.verdict["verdict"] = "inconclusive"
    assert (
        run_line(judged_run, fault.runs_of(judged_run.incident))["cause"] == "Not known yet (30 %)"
    )


def test_a_device_that_answered_nothing_is_in_trouble() -> None:
    """A login that failed ends every question without asking it."""
    (bar,) = bars([RunProgress("r1", 10, 10, {"not asked": 10})])
    assert bar.trouble and bar.good == 0


def test_the_same_drop_with_other_evidence_is_no_change(judged_run: Run) -> None:
    """Each run numbers its answers anew, and runs of earlier versions named none."""
    drop, incident = (judged_run.verdict or {})["drop"], judged_run.incident
    later = Run(
        incident=incident,
        verdict=(judged_run.verdict or {}) | {"drop": drop | {"evidence": ["e999"]}},
    )
    assert compare(judged_run, later) == []
    earlier = Run(
        incident=incident, verdict=(judged_run.verdict or {}) | {"drop": {**drop, "evidence": None}}
    )
    assert compare(earlier, judged_run) == []
    moved = Run(
        incident=incident, verdict=(judged_run.verdict or {}) | {"drop": drop | {"node": "fw-a"}}
    )
    assert [one.what for one in compare(judged_run, moved)] == ["drop"]


def test_a_repaired_incident_tells_its_fault_and_its_repair(
    judged_run: Run, people: dict[str, User], browse: Callable[[str], Client]
) -> None:
    incident, responder = judged_run.incident, people["responder"]
    again = begun(incident, responder)
    tell(again, story.run_events())
    healthy = {
        **(judged_run.verdict or {}),
        "verdict": "healthy",
        "root_cause": "healthy_symmetric",
    }
    healthy |= {"summary": "packets arrive in both directions", "guilty_node": None, "drop": None}
    healthy |= {"fixes": [], "reasons": [], "divergent": False, "direction": None}
    Run.objects.filter(pk=again.pk).update(verdict=healthy, outcome="healthy")
    progress.finish_run(again, Run.State.DONE)
    page = browse("viewer").get(f"/incidents/{incident.pk}").content.decode()
    assert "Run 1 showed the fault" in page
    assert f"/incidents/{incident.pk}/compare?before=1&amp;after=2" in page
    for form in ("md", "html"):
        text = browse("viewer").get(f"/incidents/{incident.pk}/postmortem.{form}").content.decode()
        for words in (
            "another firewall",  # the cause
            "fw-b",  # the device
            "r3",  # who chose the path
            "ip route replace",  # the fix
            "run 2",  # the proof
            "After the repair",  # the comparison
        ):
            assert words in text, (form, words)
    listed = browse("viewer").get("/").content.decode()
    assert "another firewall" in listed and "run 2 shows it" in listed


def test_a_withdrawn_paste_is_told_as_withdrawn() -> None:
    event = Event(kind="pasted", at=timezone.now(), payload={"question": "filter", "withdrawn": 1})
    assert timeline.line(event).text.startswith("withdrew what was pasted")


def test_only_a_healthy_run_is_offered_as_the_proof(
    judged_run: Run, browse: Callable[[str], Client]
) -> None:
    page = browse("responder").get(f"/incidents/{judged_run.incident_id}").content.decode()
    assert "state-dialog" in page
    assert 'name="proof"' not in page


def test_a_script_gets_answers_that_it_can_read(
    judged_run: Run, browse: Callable[[str], Client]
) -> None:
    client = browse("responder")
    by_script = {"HTTP_X_REQUESTED_WITH": "bothways"}
    pk = judged_run.incident_id
    done = client.post(f"/incidents/{pk}/state", {"state": "mitigated"}, **by_script)
    assert (done.status_code, done.json()) == (200, {"messages": []})
    refused = client.post(f"/incidents/{pk}/state", {"state": "mitigated"}, **by_script)
    assert refused.status_code == 409
    assert refused.json()["messages"][0]["tone"] == "error"
    assert Client().post(f"/incidents/{pk}/notes", {"text": "x"}, **by_script).status_code == 401
    assert Client().get("/session", **by_script).status_code == 401
    assert client.get("/session", **by_script).json()["user"] == "responder"


def test_the_paths_can_be_drawn_before_the_drawing_library_is_there(
    browse: Callable[[str], Client], judged_run: Run
) -> None:
    """The same picture as SVG: without script, with a key at each device that can be asked about."""
    address = f"/incidents/{judged_run.incident_id}/figures/paths?theme=light&width=800&as=svg"
    drawn = browse("viewer").get(address)
    assert drawn["Content-Type"] == "image/svg+xml"
    svg = ElementTree.fromstring(drawn.content.decode())
    assert svg.get("width") == "800"
    assert {"fw-a", "fw-b", "r1"} <= {mark.get("data-key") for mark in svg.iter()}
    assert "DROPPED HERE" in "".join(svg.itertext())
