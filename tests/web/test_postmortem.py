"""The page on which the postmortem is written: the record's words until somebody writes, links to
what devices said, and both texts when two wrote."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.incidents.test_images import png
from workbench.incidents import actions, queries
from workbench.incidents.models import Incident, Run
from workbench.report.markup import references
from workbench.report.postmortem.sections import SECTIONS, record_texts
from workbench.web.presenters import sections

Browse = Callable[[str], Client]


def read(client: Client, incident: Incident) -> str:
    answer = client.get(f"/incidents/{incident.pk}/postmortem")
    assert answer.status_code == 200
    return answer.content.decode()


def save(
    client: Client, incident: Incident, section: str = "summary", **fields: object
) -> dict[str, object]:
    answer = client.post(
        f"/incidents/{incident.pk}/postmortem/{section}",
        {"base": 0} | fields,
        headers={"X-Requested-With": "bothways"},
    )
    return {"status": answer.status_code, **answer.json()}


def test_every_section_is_there_before_anybody_wrote(browse: Browse, judged_run: Run) -> None:
    page = read(browse("viewer"), judged_run.incident)
    for kind in SECTIONS:
        assert kind.title in page
    assert "from the record" in page
    assert "Replies return through another firewall" in page
    assert "data-edit" not in page  # a viewer reads


def test_an_incident_without_a_run_has_a_postmortem(browse: Browse, incident: Incident) -> None:
    assert "No run has come to a verdict yet" in read(browse("viewer"), incident)


def test_every_answer_that_the_record_names_is_there(judged_run: Run) -> None:
    """The sentences of the record lead to what devices said, and to lines of the timeline."""
    known = sections.known(judged_run.incident)
    named = [one for text in record_texts(known).values() for one in references(text)]
    answers = {row.evidence_id for row in queries.evidence(judged_run)}
    lines = {f"n{event.seq}" for event in queries.timeline(judged_run.incident)}
    assert {one.name for one in named if one.name.startswith("e")} & {"e31", "e34"}
    assert {one.name for one in named} <= answers | lines


SAYS_NOTHING = re.compile(
    r"^(\||\*\*\d{4}|Nothing |No |Who |What else|Contributing|Proposed|Done|The paths|Requests|A firewall|While )"
)


def test_every_sentence_of_the_record_names_what_it_rests_on(judged_run: Run) -> None:
    """Apart from what explains a cause in general, what is proposed, and what is not known."""
    known = sections.known(judged_run.incident)
    texts = {name: text for name, text in record_texts(known).items() if name != "resolution"}
    lines = [line for text in texts.values() for line in text.splitlines() if line.strip()]
    bare = [line for line in lines if not references(line) and not SAYS_NOTHING.match(line)]
    assert bare == []


def test_a_reference_opens_the_answer(browse: Browse, judged_run: Run) -> None:
    client, incident = browse("viewer"), judged_run.incident
    page = read(client, incident)
    address = re.search(r'href="([^"]+/reason\?ids=e31)"', page)
    assert address
    assert "tcpdump" in client.get(address[1]).content.decode()


def test_what_a_person_writes_is_theirs(browse: Browse, judged_run: Run) -> None:
    incident = judged_run.incident
    assert (
        save(browse("responder"), incident, text="**We** moved it [e31] <script>x</script>")[
            "status"
        ]
        == 200
    )
    page = read(browse("viewer"), incident)
    assert "<strong>We</strong> moved it" in page
    assert "<script>x" not in page
    assert "responder, <time" in page


def test_the_page_says_when_the_record_has_changed_since(
    browse: Browse, judged_run: Run, people: dict[str, User]
) -> None:
    client, incident = browse("responder"), judged_run.incident
    save(client, incident, "impact", text="Nobody could pay.")
    assert "The record has changed since" not in read(client, incident)
    actions.change_state(people["responder"], incident, "resolved")
    page = read(client, incident)
    assert "The record has changed since" in page
    assert "Nobody could pay." in page
    save(client, incident, "impact", base=1, follows=1)
    page = read(client, incident)
    assert "The record has changed since" not in page
    assert "Nobody could pay." not in page


def test_both_texts_are_shown_when_two_wrote(browse: Browse, judged_run: Run) -> None:
    incident = judged_run.incident
    save(browse("responder"), incident, text="from rita")
    answer = save(browse("admin"), incident, text="from ori")
    assert answer["status"] == 200
    assert "Both texts are kept" in str(answer["messages"])
    page = read(browse("viewer"), incident)
    assert "from rita" in page
    assert "from ori" in page
    for form in ("md", "html"):
        text = browse("viewer").get(f"/incidents/{incident.pk}/postmortem.{form}").content.decode()
        assert "from rita" in text
        assert "from ori" in text


def test_the_history_shows_what_each_version_changed(browse: Browse, judged_run: Run) -> None:
    client, incident = browse("responder"), judged_run.incident
    save(client, incident, text="line one\nline two")
    save(client, incident, text="line one\nline 2", base=1)
    page = client.get(f"/incidents/{incident.pk}/postmortem/summary/versions").content.decode()
    assert "<del>- line two</del>" in page
    assert "<ins>+ line 2</ins>" in page


def test_a_reviewed_postmortem_says_by_whom_and_what_changed_since(
    browse: Browse, judged_run: Run, people: dict[str, User]
) -> None:
    client, incident = browse("responder"), judged_run.incident
    client.post(f"/incidents/{incident.pk}/postmortem/review", {"edits": 0})
    page = read(client, incident)
    assert "by responder" in page
    assert "The record has changed since in" not in page  # a review alone changes nothing
    actions.change_state(people["responder"], incident, "resolved")
    assert "The record has changed since in" in read(client, incident)


def test_the_feed_sends_only_what_the_browser_lacks(browse: Browse, judged_run: Run) -> None:
    client, incident = browse("responder"), judged_run.incident
    address = f"/incidents/{incident.pk}/postmortem/feed"
    first = client.get(address).json()["parts"]
    assert set(first) == {"review", *(kind.name for kind in SECTIONS)}
    have = ",".join(part["digest"] for part in first.values())
    assert client.get(address, {"have": have}).json()["parts"] == {}
    save(client, incident, "lucky", text="It was Sunday.")
    changed = client.get(address, {"have": have}).json()["parts"]
    assert "It was Sunday." in changed["lucky"]["html"]
    assert "summary" not in changed


@pytest.mark.parametrize("path", ["", "/feed", "/summary/versions", "/print"])
def test_a_restricted_postmortem_stays_invisible(
    browse: Browse, judged_run: Run, path: str
) -> None:
    Incident.objects.filter(pk=judged_run.incident_id).update(restricted=True)
    address = f"/incidents/{judged_run.incident_id}/postmortem{path}"
    assert browse("viewer").get(address).status_code == 404
    assert browse("responder").get(address).status_code == 200  # opened it


def test_a_viewer_cannot_save(browse: Browse, judged_run: Run) -> None:
    answer = browse("viewer").post(
        f"/incidents/{judged_run.incident_id}/postmortem/summary", {"text": "x"}
    )
    assert answer.status_code == 403


def test_the_page_to_print_runs_nothing(browse: Browse, judged_run: Run) -> None:
    answer = browse("viewer").get(f"/incidents/{judged_run.incident_id}/postmortem/print")
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_proposal_is_accepted_by_one_click_and_once(browse: Browse, judged_run: Run) -> None:
    client, incident = browse("responder"), judged_run.incident
    assert "Proposed for this cause" in read(client, incident)
    address = f"/incidents/{incident.pk}/items"
    assert client.post(address, {"seed": "prove-sharing"}, follow=True).status_code == 200
    answer = client.post(
        address, {"seed": "prove-sharing"}, headers={"X-Requested-With": "bothways"}
    )
    assert answer.status_code == 409
    page = read(client, incident)
    assert 'id="a1"' in page
    assert 'value="prove-sharing"' not in page


def test_the_list_over_all_incidents(browse: Browse, judged_run: Run) -> None:
    client, incident = browse("responder"), judged_run.incident
    client.post(
        f"/incidents/{incident.pk}/items",
        {"text": "Pin <it>", "owner": "responder", "due": "2020-01-01"},
    )
    page = browse("viewer").get("/action-items?overdue=1").content.decode()
    assert "Pin &lt;it&gt;" in page
    assert "overdue" in page
    assert f"/incidents/{incident.pk}/postmortem#a1" in page
    client.post(f"/incidents/{incident.pk}/items/1", {"state": "done"})
    assert "Pin" not in browse("viewer").get("/action-items").content.decode()
    assert "Pin" in browse("viewer").get("/action-items?state=done").content.decode()


def test_an_item_of_another_incident_cannot_be_changed(
    browse: Browse, judged_run: Run, people: dict[str, User]
) -> None:
    other = actions.open_incident(people["responder"], judged_run.incident.flow)
    actions.add_item(people["responder"], judged_run.incident, actions.ItemFields(text="x"))
    answer = browse("responder").post(f"/incidents/{other.pk}/items/1", {"state": "done"})
    assert answer.status_code == 404


def test_the_html_file_holds_the_notes_with_their_images(
    browse: Browse, judged_run: Run, people: dict[str, User]
) -> None:
    incident, by = judged_run.incident, people["responder"]
    image = actions.add_image(by, incident, png())
    actions.add_note(by, incident, f"the **graph** ![of it](image:{image.number}) ![no](image:99)")
    address = f"/incidents/{incident.pk}/postmortem"
    text = browse("responder").get(f"{address}.html").content.decode()
    assert "the <strong>graph</strong>" in text
    assert text.count("<img ") == 1 and 'src="data:image/png;base64,' in text
    printed = browse("responder").get(f"{address}/print")
    assert "img-src data:" in printed.headers["Content-Security-Policy"]
    actions.redact(people["admin"], incident, f"image {image.number}", "a password is on it")
    assert "<img " not in browse("responder").get(f"{address}.html").content.decode()
