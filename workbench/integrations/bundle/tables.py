"""What a bundle holds: its tables in the order in which they are written and read again.

A new column of a row is added here, or to `LEFT_OUT` with the reason; a test fails until then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.db import models

from collectors.model.evidence import Evidence, Query
from workbench.analysis.case.findings import Findings
from workbench.incidents import head, pictures
from workbench.incidents.models import (
    ActionItem,
    BoundaryRow,
    CommandRecord,
    CommandResult,
    Correction,
    Event,
    EvidenceRow,
    FurtherFlow,
    Image,
    Incident,
    Pasted,
    PostmortemReview,
    Redaction,
    Run,
    SectionVersion,
)
from workbench.incidents.storage.evidence_rows import clean
from workbench.integrations.bundle.columns import Column, person, plain, records, zipped
from workbench.integrations.bundle.conforming import conforms
from workbench.integrations.bundle.json_shapes import (
    are_links,
    is_payload,
    is_picture,
    is_verdict,
)
from workbench.integrations.bundle.refusal import BadBundle
from workbench.integrations.models import ManualChange

Rows = models.QuerySet[Any]


@dataclass(frozen=True, slots=True)
class Link:
    """A column that names a row of another table by its number; null = none."""

    name: str
    attribute: str
    table: str
    null: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """One file of the bundle: a line of JSON for each row. Links name a row by its column `key`;
    where rows have no number of their own (`counted`) lines are numbered from 1."""

    name: str
    model: type[models.Model]
    rows: Callable[[Incident], Rows]
    columns: tuple[Column, ...]
    links: tuple[Link, ...] = ()
    key: str = ""
    counted: bool = False
    most: int = 20_000  # lines
    # the values of a row as they are kept, where that takes more than one of them; raises BadBundle
    judged: Callable[[dict[str, Any]], dict[str, Any]] = lambda values: values

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.name}.jsonl"

    @property
    def names(self) -> tuple[str, ...]:
        """Every name in a line, in order."""
        number = ("number",) if self.counted else ()
        return (*number, *(one.name for one in self.links), *(one.name for one in self.columns))


def _plain(model: type[models.Model], names: str) -> tuple[Column, ...]:
    return tuple(plain(model, name) for name in names.split())


def _of(hint: Any) -> Callable[[Any], bool]:
    return lambda value: conforms(value, hint)


def _hands() -> Column:
    """Who helps, by name."""

    def read(said: Any) -> list[str]:
        if not TEXTS(said) or len(said) > head.MOST_HANDS or any(len(name) > 150 for name in said):
            raise BadBundle("is no list of names")
        return list(clean(said))

    return Column("hands", "hands_names", lambda row: head.role(row, "hands"), read)


def _drawn_anew(values: dict[str, Any]) -> dict[str, Any]:
    """An image, decoded and written anew like one that somebody pastes. Of one that was taken away
    nothing is there to be decoded."""
    if not values["data"]:
        return values
    try:
        image = pictures.cleaned(values["data"])
    except pictures.NotAnImage as error:
        raise BadBundle(f"holds no image: {error}") from None
    return values | {
        "content_type": image.content_type,
        "data": image.data,
        "width": image.width,
        "height": image.height,
        "size": len(image.data),
        "digest": hashlib.sha256(image.data).hexdigest(),
    }


def _readable_event(values: dict[str, Any]) -> dict[str, Any]:
    if not is_payload(values["kind"], values["payload"]):
        raise BadBundle(f"is an event {values['kind']} with a payload that cannot be read")
    return values


def _linked(values: dict[str, Any]) -> dict[str, Any]:
    if values["link"] and not are_links([values["link"]]):
        raise BadBundle("has a link that is none of the web")
    return values


def _ended(values: dict[str, Any]) -> dict[str, Any]:
    if values["state"] in Run.ACTIVE:
        raise BadBundle("is a run that has not ended")
    if values["src"] is None:  # from before runs had flows: about its incident's
        return {name: value for name, value in values.items() if name not in FLOW}
    return values


FLOW = ("protocol", "src", "sport", "dst", "dport")


TEXTS, NUMBERS, OBJECT = _of(list[str]), _of(list[int]), _of(dict[str, Any])
RUN = Link("run", "run_id", "runs")
REDACTION = Link("redaction", "redaction_id", "redactions")

INCIDENT = Table(
    "incident",
    Incident,
    lambda incident: Incident.objects.filter(pk=incident.pk),
    (
        *_plain(Incident, "title severity service impact tags"),
        plain(Incident, "links", are_links),
        *(person(Incident, name) for name in ("opened_by", "commander", "scribe")),
        _hands(),
        *_plain(Incident, "opened_at started_at detected_at acknowledged_at mitigated_at"),
        *_plain(Incident, "resolved_at protocol src sport dst dport state probes recording"),
        *_plain(Incident, "restricted last_seq last_run_number last_pasted_number"),
    ),
    # runs come later: these two are set when they are there
    (
        Link("chosen_fault", "chosen_fault_id", "runs"),
        Link("chosen_proof", "chosen_proof_id", "runs"),
    ),
    most=1,
)
RUNS = Table(
    "runs",
    Run,
    lambda incident: Run.objects.filter(incident=incident).order_by("number"),
    (
        *_plain(Run, "number state"),
        *(replace(plain(Run, name), default=None) for name in FLOW),
        person(Run, "requested_by"),
        *_plain(Run, "requested_at started_at ended_at cancel_requested"),
        plain(Run, "options", OBJECT),
        *_plain(Run, "recording verdict_final outcome root_cause first_failure_at problem"),
        plain(Run, "verdict", is_verdict),
        plain(Run, "picture", is_picture),
        records("findings", "packed_findings", Findings, null=True),
    ),
    key="number",
    most=2000,
    judged=_ended,
)
FURTHER_FLOWS = Table(
    "further_flows",
    FurtherFlow,
    lambda incident: FurtherFlow.objects.filter(incident=incident).order_by("number"),
    _plain(FurtherFlow, "number protocol src sport dst dport why added_at"),
    most=50,
)
REDACTIONS = Table(
    "redactions",
    Redaction,
    lambda incident: Redaction.objects.filter(incident=incident).order_by("number"),
    _plain(Redaction, "number what why digest size by_name at"),
    key="number",
)
COMMANDS = Table(
    "commands",
    CommandRecord,
    lambda incident: CommandRecord.objects.filter(incident=incident).order_by("pk"),
    _plain(CommandRecord, "actor_name device account question step command at"),
    (RUN,),
    counted=True,
    most=200_000,
)
RESULTS = Table(
    "results",
    CommandResult,
    lambda incident: CommandResult.objects.filter(record__incident=incident).order_by("record_id"),
    _plain(CommandResult, "at status exit_status reason duration size digest truncated"),
    (Link("command", "record_id", "commands", null=False),),
    most=200_000,
)
EVENTS = Table(
    "events",
    Event,
    lambda incident: Event.objects.filter(incident=incident).order_by("seq"),
    (
        *_plain(Event, "seq kind at happened_at actor_name device device_at clock_offset"),
        *_plain(Event, "clock_uncertainty client_id"),
        plain(Event, "payload", OBJECT),
    ),
    (RUN,),
    key="seq",
    most=500_000,
    judged=_readable_event,
)
CORRECTIONS = Table(
    "corrections",
    Correction,
    lambda incident: Correction.objects.filter(note__incident=incident).order_by("note_id"),
    _plain(Correction, "happened_at"),
    (
        Link("note", "note_id", "events", null=False),
        Link("newest", "newest_id", "events", null=False),
    ),
)
EVIDENCE = Table(
    "evidence",
    EvidenceRow,
    lambda incident: EvidenceRow.objects.filter(run__incident=incident).order_by("pk"),
    (
        *_plain(EvidenceRow, "evidence_id device question step status sample command reason"),
        *_plain(EvidenceRow, "exit_status taken_at duration truncated pasted_by clock_offset"),
        *_plain(EvidenceRow, "clock_uncertainty record_count size digest"),
        plain(EvidenceRow, "unread", TEXTS),
        records("query", "packed_inquiry", Query),
        records("records", "packed_records", tuple[Any, ...]),
        zipped("stdout", "packed_stdout"),
        zipped("stderr", "packed_stderr"),
    ),
    (
        Link("run", "run_id", "runs", null=False),
        Link("sent", "command_record_id", "commands"),
        REDACTION,
    ),
    most=200_000,
)
PASTED = Table(
    "pasted",
    Pasted,
    lambda incident: Pasted.objects.filter(incident=incident).order_by("number"),
    (
        *_plain(Pasted, "number device question status record_count pasted_at withdrawn_at"),
        person(Pasted, "pasted_by"),
        plain(Pasted, "unread", TEXTS),
        records("evidence", "packed_evidence", Evidence),
    ),
    (REDACTION,),
)
IMAGES = Table(
    "images",
    Image,
    lambda incident: Image.objects.filter(incident=incident).order_by("number"),
    (
        *_plain(Image, "number content_type width height size digest added_at data"),
        person(Image, "added_by"),
    ),
    (REDACTION,),
    most=200,
    judged=_drawn_anew,
)
SECTIONS = Table(
    "sections",
    SectionVersion,
    lambda incident: SectionVersion.objects.filter(incident=incident).order_by("pk"),
    (
        *_plain(SectionVersion, "section number text follows record base beside by_name at"),
        plain(SectionVersion, "settles", NUMBERS),
    ),
)
REVIEW = Table(
    "review",
    PostmortemReview,
    lambda incident: PostmortemReview.objects.filter(incident=incident),
    (
        *_plain(PostmortemReview, "state edits reviewed_by_name reviewed_at"),
        plain(PostmortemReview, "reviewed_text", _of(dict[str, str])),
    ),
    most=1,
)
ITEMS = Table(
    "items",
    ActionItem,
    lambda incident: ActionItem.objects.filter(incident=incident).order_by("number"),
    _plain(
        ActionItem,
        "number text kind state why owner_name due link seed made_by_name made_at edits",
    ),
    judged=_linked,
)
CHANGES = Table(
    "changes",
    ManualChange,
    lambda incident: ManualChange.objects.filter(incident=incident).order_by("pk"),
    (
        *_plain(ManualChange, "fix title device why claimed_at released_at applied_at"),
        *_plain(ManualChange, "rolled_back_at"),
        person(ManualChange, "by"),
        plain(ManualChange, "commands", TEXTS),
    ),
    (RUN,),
)
BOUNDARIES = Table(
    "boundaries",
    BoundaryRow,
    lambda incident: BoundaryRow.objects.filter(incident=incident).order_by("pk"),
    _plain(
        BoundaryRow,
        "flow device keeps request reply holds state_group sharing suspect newest at",
    ),
    (Link("run", "run_id", "runs", null=False),),
)
TABLES = (
    *(
        INCIDENT,
        RUNS,
        FURTHER_FLOWS,
        REDACTIONS,
        COMMANDS,
        RESULTS,
        EVENTS,
        CORRECTIONS,
        EVIDENCE,
        PASTED,
    ),
    *(IMAGES, SECTIONS, REVIEW, ITEMS, CHANGES, BOUNDARIES),
)
# columns that no bundle has
LEFT_OUT: dict[str, tuple[str, ...]] = {
    # users are no users elsewhere; who was invited is for one installation to say; where it was
    # made is the manifest's to say
    "incident": ("invited", "origin"),
    # processes of one installation
    "runs": ("heartbeat_at", "worker"),
    # the event that added it says who did
    "further_flows": ("added_by",),
}
