"""What should the responder do now? The first proposal where the cause is known, else what would
tell it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from collectors.model.evidence import Question, Status
from collectors.model.flow import Flow
from workbench.analysis.case.drop import LastSeen
from workbench.analysis.case.wording import listed
from workbench.incidents.models import EvidenceRow, Run
from workbench.inventory.models import Device
from workbench.report import words
from workbench.web.presenters.verdict import VerdictView

MOST = 3  # places that one list names
FILTERS = ("its packet filter", "nft list ruleset; iptables-save -c")
TELLING = {  # what a device that refuses it leaves open, and how a person gets it there
    Question.FILTER: FILTERS,
    Question.FILTER_IPTABLES: FILTERS,
    Question.FILTER_LEGACY: FILTERS,
    Question.CAPTURE: ("a capture", ""),
    Question.SESSIONS: ("its session table", "conntrack -L"),
}


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing to do: in words, the command for it, and the page that helps."""

    text: str
    command: str = ""
    link: str = ""
    linked: str = ""
    drawer: str = ""  # what opens beside the page instead of a link
    why: str = ""  # one sentence; given where one thing is proposed before all others


def next_steps(run: Run | None, view: VerdictView | None) -> list[NextStep]:
    """What to do now, the most telling first."""
    if run is None or (view is None and run.active):
        return []
    if view is None:
        return [*_begin(run)]
    if view.tone == "good":
        return [*_working(run)]
    if view.tone == "bad":
        return [*_mend(run, view)]
    return [*_look(run, view)]


def _begin(run: Run) -> Iterator[NextStep]:
    """The run could not even judge: again, with what it lacked."""
    if Device.objects.exists():
        yield NextStep("Run again: what was learnt stays in the record.")
    else:
        yield NextStep(
            "Tell Bothways which devices exist.",
            link=reverse("devices"),
            linked="import an inventory",
        )
    text = "Or paste what commands print on the devices, or upload captures; then run again."
    yield NextStep(text, link=reverse("paste", args=[run.incident_id]), linked="paste or upload")


def _working(run: Run) -> Iterator[NextStep]:
    spread = (run.picture or {}).get("spread") or {}
    if any(way["fails"] for way in spread.get("ways", ())):
        yield NextStep(
            "Other source ports of the same flow fail.",
            link="#spread-title",
            linked="which, and why",
        )
    text = "Nothing to change. If somebody still has trouble, it is another address, port or time."
    yield NextStep(text, link=reverse("new"), linked="open an incident for that flow")


def _mend(run: Run, view: VerdictView) -> Iterator[NextStep]:
    if view.fixes:
        fix = view.fixes[0]
        count = len(view.fixes)
        every = "both" if count == 2 else f"all {count}"
        linked = (
            f"{every} proposals, with side effects and rollback"
            if count > 1
            else "side effects and rollback"
        )
        yield NextStep(
            _on(fix.get("device"), fix["title"]), "\n".join(fix["commands"]), "#fix-title", linked
        )
    else:
        yield from _refused(run, [])
        who = view.fields.get("guilty_node")
        yield NextStep(
            f"Bothways knows no command for this. Ask whoever runs {who or 'the devices there'}."
        )
    if view.confidence < words.CONFIDENT and view.fields.get("would_settle"):
        link = reverse("paste", args=[run.incident_id])
        yield NextStep(f"To be surer: {view.fields['would_settle']}.", link=link, linked="paste it")
    yield from _meanwhile(run)


def _on(device: str | None, what: str) -> str:
    return (
        f"On {device}: {what[:1].lower()}{what[1:]}."
        if device and not what[:2].isupper()
        else f"{what}."
    )


def _meanwhile(run: Run) -> Iterator[NextStep]:
    port = ((run.picture or {}).get("spread") or {}).get("working_port")
    if port:
        yield NextStep(
            f"Meanwhile, connections from source port {port} work.",
            link="#spread-title",
            linked="why",
        )


def _look(run: Run, view: VerdictView) -> Iterator[NextStep]:
    """Where the cause cannot be known: what would tell it."""
    yield from _untried(run)
    blind = _blind(view)
    yield from _unreached(run, blind)
    yield from _ends(run, view, blind)
    yield from _refused(run, blind)
    if view.fields.get("would_settle") and not _between(view):
        yield NextStep(f"What would decide it: {view.fields['would_settle']}.")


def _blind(view: VerdictView) -> list[str]:
    """The places that could not be asked; where the lost direction is known, those on its way."""
    unreached = list(view.fields.get("unreached") or ())
    lost = view.fields.get(f"{view.fields.get('direction')}_path") or ()
    on_its_path = [place for place in unreached if place in lost]
    return on_its_path or unreached


def _untried(run: Run) -> Iterator[NextStep]:
    """Nobody saw a packet of the flow: then nothing could be watched."""
    if (run.picture or {}).get("ladder"):
        return
    probes = run.options.get("probes", "off")
    more = (
        " Or allow gentle probes, and the run makes one attempt itself." if probes == "off" else ""
    )
    yield NextStep(
        f"No packet of the flow was seen. Let the client try again while a run watches.{more}"
    )


def _unreached(run: Run, places: list[str]) -> Iterator[NextStep]:
    """Places that could not be asked: somebody else has to look there."""
    if not places:
        return
    silent = EvidenceRow.objects.filter(
        run=run, device__in=places, status__in=(Status.NO_ANSWER, Status.NOT_ASKED)
    )
    for device, reason in dict(
        silent.exclude(reason="").order_by("-pk").values_list("device", "reason")
    ).items():
        yield NextStep(
            f"Mend the login to {device}: {reason[:200]}.",
            link=reverse("devices"),
            linked="devices",
        )
    text = (
        f"Bothways cannot ask {listed(places[:MOST])}. Capture there while the client tries, and"
        " upload the file."
    )
    yield NextStep(text, capture_command(run.flow), _paste(run, places[0]), "paste its output")


def _ends(run: Run, view: VerdictView, blind: list[str]) -> Iterator[NextStep]:
    """A device that can be asked, and where the packets end for no reason that it reported."""
    drop = view.fields.get("drop") or {}
    if _between(view):
        text = (
            f"Look between: {drop['where'].partition(';')[0]}. Capture at what stands there, and"
            " upload the file."
        )
        yield NextStep(
            text,
            capture_command(run.flow),
            reverse("paste", args=[run.incident_id]),
            "upload it",
        )
    elif drop and drop["node"] not in blind:
        address = f"{reverse('hop', args=[run.incident_id, run.number])}?{urlencode({'device': drop['node']})}"
        text = (
            f"Look at {drop['node']}: the {drop['packet']} ends there, and nothing that it reported"
            " explains why."
        )
        yield NextStep(text, drawer=address, linked="what it was asked and answered")


def _between(view: VerdictView) -> bool:
    """Do packets leave one point and never reach the next?"""
    drop = view.fields.get("drop")
    if drop is None:
        return False
    if "last_seen" in drop:
        return bool(drop["last_seen"] == LastSeen.LEAVING)
    return words.left_in_words(drop["node"], drop["where"])


def _refused(run: Run, besides: list[str]) -> Iterator[NextStep]:
    """Devices on the way that may not show what would tell: the right to read it, or somebody who
    pastes it."""
    on_the_way = {
        *(run.verdict or {}).get("forward_path", ()),
        *(run.verdict or {}).get("reverse_path", ()),
    }
    rows = EvidenceRow.objects.filter(
        run=run, status=Status.REFUSED, question__in=[q.value for q in TELLING]
    )
    refused: dict[str, dict[tuple[str, str], None]] = {}
    for device, question in rows.order_by("pk").values_list("device", "question"):
        if device in on_the_way and device not in besides:
            refused.setdefault(device, {})[TELLING[Question(question)]] = None
    for device, missing in list(refused.items())[:MOST]:
        titles = listed([title for title, _ in missing])
        text = (
            f"{device} may not show {titles}. Give its login the right to, or paste what an"
            " administrator sees."
        )
        usual = capture_command(run.flow)
        command = "\n".join(own or usual for _, own in missing)
        yield NextStep(text, command, _paste(run, device), "paste its output")


def capture_command(flow: Flow) -> str:
    """The command that captures this flow on a device, whatever translates the ports of its
    client."""
    port = f" and port {flow.dport}" if flow.dport else ""
    return f"tcpdump -ni any -s 128 -w flow.pcap 'host {flow.dst}{port}'"


def _paste(run: Run, device: str) -> str:
    return f"{reverse('paste', args=[run.incident_id])}?{urlencode({'device': device})}"
