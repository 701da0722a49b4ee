"""What pages, API and exports read. Nothing here writes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q, QuerySet, TextField
from django.db.models.functions import Cast, Coalesce

from collectors.model.evidence import Status
from workbench.analysis.case.findings import Findings
from workbench.incidents import roles
from workbench.incidents.models import Event, EvidenceRow, Incident, Pasted, Run
from workbench.incidents.storage import evidence_rows

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

    Person = User | AnonymousUser

MOST_EVENTS = 2000  # in one answer; the page asks again from the last number it got


def incidents(user: Person) -> QuerySet[Incident]:
    """The incidents that this person may see, newest first."""
    if not user.has_perm(roles.VIEW):
        return Incident.objects.none()
    if user.is_superuser:
        return Incident.objects.all()
    invited = Incident.invited.through.objects.filter(user_id=user.pk).values("incident_id")
    return Incident.objects.filter(Q(restricted=False) | Q(pk__in=invited))


def hidden(user: Person) -> QuerySet[Incident]:
    """The incidents that this person may not see: few, where all are many."""
    if not user.has_perm(roles.VIEW):
        return Incident.objects.all()
    if user.is_superuser:
        return Incident.objects.none()
    return Incident.objects.filter(restricted=True).exclude(invited=user.pk)


def incident(user: Person, incident_id: int) -> Incident:
    """One incident. Raises Incident.DoesNotExist also when this person may not see it."""
    return incidents(user).get(pk=incident_id)


def events_after(incident: Incident, after: int, limit: int = MOST_EVENTS) -> list[Event]:
    """Everything that happened after a number, in order."""
    rows = Event.objects.filter(incident=incident, seq__gt=after)
    rows = rows.select_related("run", "correction__newest")
    return list(rows.defer(*HEAVY).order_by("seq")[:limit])


def changed_lines(incident: Incident, events: Iterable[Event]) -> list[Event]:
    """The lines that these events change: notes that were corrected, and what was redacted."""
    corrected, marks = set(), Q()
    for event in events:
        if event.kind == Event.Kind.CORRECTED:
            corrected.add(event.payload["note"])
        if event.kind == Event.Kind.REDACTED:
            number = event.payload["redaction"]
            marks |= Q(payload__redacted__number=number) | Q(said__contains=f"[redacted r{number}]")
    lines = timeline(incident).annotate(said=Cast("payload", TextField()))
    redacted = list(lines.filter(marks)) if marks else []
    corrected |= {line.payload["note"] for line in redacted if "note" in line.payload}
    notes = list(lines.filter(seq__in=corrected)) if corrected else []
    return list({line.seq: line for line in (*redacted, *notes)}.values())


# what a run found, which is large: a row of something else needs the run's number only
HEAVY = ("run__picture", "run__verdict", "run__packed_findings")


def timeline(incident: Incident) -> QuerySet[Event]:
    """What happened, without the fine progress of runs, in the order of when it happened."""
    return (
        Event.objects.filter(incident=incident)
        .exclude(kind__in=Event.DETAIL)
        .select_related("run", "correction__newest")
        .defer(*HEAVY)
        .annotate(when=Coalesce("correction__happened_at", "happened_at", "at"))
        .order_by("when", "seq")
    )


def pinned_numbers(incident: Incident) -> list[int]:
    """The numbers of the lines that people marked as important, in the order of the marks."""
    marks = Event.objects.filter(incident=incident, kind=Event.Kind.PINNED).order_by("seq")
    pinned: dict[int, None] = {}
    for payload in marks.values_list("payload", flat=True):
        pinned.pop(payload["event"], None)
        if payload["pinned"]:
            pinned[payload["event"]] = None
    return list(pinned)


def pinned(incident: Incident) -> list[Event]:
    """The lines that people marked as important, in the order of when they happened."""
    return list(timeline(incident).filter(seq__in=pinned_numbers(incident)))


def last_state_change(incident: Incident) -> Event | None:
    """The newest change between open, mitigated and resolved."""
    changes = Event.objects.filter(
        incident=incident, kind=Event.Kind.STATE_CHANGED, payload__has_key="to"
    )
    return changes.order_by("-seq").first()


def runs(incident: Incident) -> QuerySet[Run]:
    """The investigations of an incident, newest first."""
    return (
        Run.objects.filter(incident=incident)
        .select_related("requested_by", "incident")
        .order_by("-number")
    )


def run(incident: Incident, number: int | None = None) -> Run | None:
    """One run, the newest when no number is given."""
    found = runs(incident)
    return (found if number is None else found.filter(number=number)).first()


def findings(run: Run) -> Findings | None:
    """The paths of a run as far as they are known; the case in it holds the flow only."""
    return evidence_rows.unpack_findings(run.packed_findings) if run.packed_findings else None


def evidence(
    run: Run, *, device: str = "", question: str = "", step: str = ""
) -> QuerySet[EvidenceRow]:
    """The answers of a run, in the order in which they came, without their outputs."""
    given = {"device": device, "question": question, "step": step}
    rows = EvidenceRow.objects.filter(
        run=run, **{name: value for name, value in given.items() if value}
    )
    return rows.defer(
        "packed_stdout", "packed_stderr", "packed_records", "packed_inquiry"
    ).order_by("pk")


def evidence_named(run: Run, evidence_id: str) -> EvidenceRow | None:
    """One answer with its output."""
    return (
        EvidenceRow.objects.filter(run=run, evidence_id=evidence_id)
        .select_related("command_record__result")
        .first()
    )


def evidence_for(run: Run, ids: Iterable[str]) -> list[EvidenceRow]:
    """The answers behind a reason, in the order in which they came."""
    return list(evidence(run).filter(evidence_id__in=list(ids)))


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far one device or one step has come."""

    name: str
    asked: int
    answered: int
    statuses: dict[str, int]  # status -> how many


def progress(run: Run, by: str = "device") -> list[RunProgress]:
    """How many questions went to each device (or belong to each step), and how they ended."""
    asked = _asked(run, 0 if by == "device" else 2)
    rows = EvidenceRow.objects.filter(run=run).values_list(by, "status").annotate(n=Count("pk"))
    ended: dict[str, dict[str, int]] = {}
    for name, status, count in rows.order_by(by, "status"):
        ended.setdefault(name, {})[status] = count
    names = dict.fromkeys([*asked, *ended])
    return [_progress(name, asked[name], ended.get(name, {})) for name in names]


def _progress(name: str, asked: int, statuses: dict[str, int]) -> RunProgress:
    answered = sum(statuses.values())
    return RunProgress(name, max(asked, answered), answered, statuses)


def _asked(run: Run, position: int) -> Counter[str]:
    batches = Event.objects.filter(run=run, kind=Event.Kind.ASKING).values_list(
        "payload", flat=True
    )
    return Counter(
        query[position] for batch in batches.order_by("seq") for query in batch["inquiries"]
    )


def devices_asked(run: Run) -> dict[str, Any]:
    """How many devices the run has asked by now, and why others than those near the flow; empty =
    it did not tell."""
    batches = Event.objects.filter(run=run, kind=Event.Kind.ASKING).order_by("-seq")
    newest = batches.values_list("payload", flat=True).first() or {}
    found: dict[str, Any] = newest.get("devices", {})
    return found


@dataclass(frozen=True, slots=True)
class OfferedKey:
    """A host key that a device showed and that no user has confirmed, so nothing was sent to it."""

    device: str
    kind: str
    fingerprint: str
    reason: str


_OFFERED = re.compile(r"is not known: (\S{1,64}) (SHA256:[A-Za-z0-9+/]{43})")
_CHANGED = re.compile(r"it shows ()(SHA256:[A-Za-z0-9+/]{43})")


def offered_keys(run: Run) -> list[OfferedKey]:
    """Which devices of a run showed a host key that is not known, or another one than the known
    one?"""
    # the other reasons are in the device's own words
    ours = (Status.NOT_ASKED.value, Status.NO_ANSWER.value)
    rows = EvidenceRow.objects.filter(run=run, status__in=ours, reason__contains="SHA256:")
    reasons = rows.values_list("device", "reason")
    found = (
        (device, _OFFERED.search(text) or _CHANGED.search(text), text)
        for device, text in reasons.order_by("device", "reason").distinct()
    )
    return [OfferedKey(device, match[1], match[2], text) for device, match, text in found if match]


def pasted(incident: Incident) -> QuerySet[Pasted]:
    """What people pasted for devices that cannot be asked, in order."""
    return (
        Pasted.objects.filter(incident=incident)
        .select_related("pasted_by", "redaction")
        .order_by("number")
    )


@dataclass(frozen=True, slots=True)
class RunDifference:
    """One thing that two runs tell differently."""

    what: str
    before: Any
    after: Any


COMPARED = (
    "root_cause",
    "verdict",
    "guilty_node",
    "direction",
    "decided_by",
    "confidence",
    "divergent",
)


def compare(before: Run, after: Run) -> list[RunDifference]:
    """What changed from one run to another: the verdict, the paths, where the packet dies."""
    old, new = before.verdict or {}, after.verdict or {}
    pairs = [
        (key, old.get(key), new.get(key)) for key in (*COMPARED, "forward_path", "reverse_path")
    ]
    found = [RunDifference(key, was, now) for key, was, now in pairs if was != now]
    if before.flow_columns != after.flow_columns:
        found.insert(0, RunDifference("flow", str(before.flow), str(after.flow)))
    dropped, drops_now = old.get("drop"), new.get("drop")
    if _place(dropped) != _place(drops_now):
        found.append(RunDifference("drop", dropped, drops_now))
    return found


def _place(drop: dict[str, Any] | None) -> list[Any] | None:
    """Where a packet ends, without the ids of the evidence: each run has its own."""
    return [drop.get(key) for key in ("node", "interface", "packet", "where")] if drop else None


def meet_again(before: Run, after: Run) -> bool:
    """Did the paths differ in the first run, and not in the second?"""
    old, new = before.verdict or {}, after.verdict or {}
    return bool(old.get("divergent")) and new.get("divergent") is False
