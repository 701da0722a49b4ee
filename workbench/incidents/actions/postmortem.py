"""Writing the postmortem: sections in versions, and the review."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from workbench.incidents import timeline, written
from workbench.incidents.actions.common import ActionRefused, needs_respond, once
from workbench.incidents.models import Event, Incident, PostmortemReview, SectionVersion
from workbench.incidents.storage.evidence_rows import clean
from workbench.report.postmortem.sections import SECTIONS

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Kind, State = Event.Kind, PostmortemReview.State
LONGEST = 20_000  # characters of one section


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to save of a section."""

    section: str
    text: str
    base: int  # the version that they saw when they began; 0 = the record's own words
    record: str = ""  # what the record says of this section now
    settles: tuple[int, ...] = ()  # versions that stood beside, and are taken care of in this text
    follows: bool = False  # give the section back to the record


def write_section(
    by: User, incident: Incident, draft: Draft, *, client_id: str = ""
) -> SectionVersion:
    """Save a section. When somebody else saved meanwhile, both texts are kept: this one stands
    beside theirs until a later version settles it. What a page sends twice under one `client_id`
    is one version."""
    needs_respond(by, incident)
    _check(draft)
    event = once(incident, client_id, partial(_write, by, incident, draft))
    return SectionVersion.objects.get(
        incident=incident, section=draft.section, number=event.payload["version"]
    )


def _check(draft: Draft) -> None:
    editable = {section.name for section in SECTIONS if section.editable}
    if draft.section not in editable:
        raise ActionRefused(f"{draft.section[:20]!r} is no section that can be written")
    if not draft.text.strip() and not draft.follows:
        raise ActionRefused("the section is empty; to have the record's words again, say so")
    if len(draft.text) > LONGEST:
        raise ActionRefused(f"a section has at most {LONGEST} characters")


def _write(by: User, incident: Incident, draft: Draft, *, client_id: str | None) -> Event:
    PostmortemReview.objects.get_or_create(incident=incident)
    # holds the row until commit: versions get their numbers one after the other
    PostmortemReview.objects.filter(incident=incident).update(
        edits=F("edits") + 1, state=State.DRAFT
    )
    version = _version(by, incident, draft)
    return timeline.append(incident.pk, Kind.POSTMORTEM, _told(version), by=by, client_id=client_id)


def _version(by: User, incident: Incident, draft: Draft) -> SectionVersion:
    now = written.section(incident, draft.section)
    beside = draft.base != now.base
    settled = {version.number for version in now.beside} & set(draft.settles)
    return SectionVersion.objects.create(
        incident=incident,
        section=draft.section,
        number=now.number + 1,
        text=clean(draft.record if draft.follows else draft.text),
        follows=draft.follows,
        record=clean(draft.record),
        base=draft.base,
        beside=beside,
        settles=[] if beside else sorted(settled),
        by=by,
        by_name=by.get_username(),
        at=timezone.now(),
    )


def _told(version: SectionVersion) -> dict[str, object]:
    told = {"section": version.section, "version": version.number, "state": State.DRAFT.value}
    more = {"follows": version.follows, "beside": version.beside, "settles": version.settles}
    return told | {name: value for name, value in more.items() if value}


def review_postmortem(by: User, incident: Incident, edits: int, text: dict[str, str]) -> None:
    """Say that the postmortem was read and is right. `edits` is how many saved versions the reader
    saw, `text` is what the sections said."""
    needs_respond(by, incident)
    if any(one.beside for one in written.written(incident).values()):
        raise ActionRefused("a section has two texts; settle that first")
    with transaction.atomic():
        PostmortemReview.objects.get_or_create(incident=incident)
        seen = PostmortemReview.objects.filter(incident=incident, edits=edits, state=State.DRAFT)
        reviewed = {"reviewed_by": by, "reviewed_by_name": by.get_username()}
        now = timezone.now()
        if not seen.update(
            state=State.REVIEWED, reviewed_at=now, reviewed_text=clean(text), **reviewed
        ):
            raise ActionRefused("it was changed or reviewed meanwhile; read it again")
        payload = {"state": State.REVIEWED.value, "edits": edits}
        timeline.append(incident.pk, Kind.POSTMORTEM, payload, by=by)


def reopen_postmortem(by: User, incident: Incident) -> None:
    """Make a reviewed postmortem a draft again."""
    needs_respond(by, incident)
    with transaction.atomic():
        reviewed = PostmortemReview.objects.filter(incident=incident, state=State.REVIEWED)
        if not reviewed.update(state=State.DRAFT):
            raise ActionRefused("it is a draft already")
        timeline.append(incident.pk, Kind.POSTMORTEM, {"state": State.DRAFT.value}, by=by)


def numbers(values: Iterable[object]) -> tuple[int, ...]:
    """Numbers of versions as a form or a program sends them; what is none is left out."""
    return tuple(int(str(v)) for v in values if str(v).isdecimal() and len(str(v)) < 10)
