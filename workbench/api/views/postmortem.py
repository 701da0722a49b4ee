"""The postmortem and its action items."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Status

from workbench.api import answers, asking, fields
from workbench.api.asking import person
from workbench.api.shapes import time
from workbench.incidents import actions, written
from workbench.incidents.models import ActionItem, Incident, SectionVersion
from workbench.report.postmortem.sections import BY_NAME, record_text
from workbench.web.presenters import sections

router = Router(tags=["postmortem"])
OLDEST_FIRST = ("made_at", "pk")


@router.get(
    "/incidents/{int:incident_id}/postmortem",
    response=answers.PostmortemAnswer,
    url_name="postmortem-document",
)
def postmortem(request: HttpRequest, incident_id: int) -> answers.PostmortemAnswer:
    """Each section as it stands, what stands beside it, and what the record says."""
    row = asking.incident(request, incident_id)
    shown, now = sections.views(row, sections.known(row)), written.review(row)
    return {
        "state": now.state,
        "edits": now.edits,
        "reviewed_by": now.reviewed_by_name or None,
        "reviewed_at": time(now.reviewed_at),
        "sections": [_section(one) for one in shown if one.kind.editable],
        "items": [_item(one) for one in written.items_of(row)],
        "proposals": [
            {"seed": one.seed, "kind": one.kind, "text": one.text}
            for one in actions.open_proposals(row)
        ],
    }


def _section(one: sections.SectionView) -> answers.SectionAnswer:
    return {
        "section": one.kind.name,
        "title": one.kind.title,
        "text": one.text,
        "base": one.base,
        "follows": one.follows,
        "by": one.by or None,
        "at": time(one.at),
        "record": one.record,
        "changed_since": bool(one.changed),
        "beside": [
            {"version": other.number, "by": other.by, "at": time(other.at), "text": other.text}
            for other in one.beside
        ],
    }


# before the sections: `review` is none
@router.post("/incidents/{int:incident_id}/postmortem/review", url_name="review")
def review(request: HttpRequest, incident_id: int, new: fields.NewReview) -> dict[str, str]:
    """Say that the postmortem was read and is right, or make it a draft again."""
    row = asking.incident(request, incident_id)
    if new.state == "draft":
        actions.reopen_postmortem(person(request), row)
    else:
        texts = sections.texts(sections.views(row, sections.known(row)))
        actions.review_postmortem(person(request), row, new.edits, texts)
    return {"state": new.state}


@router.get(
    "/incidents/{int:incident_id}/postmortem/{slug:section}",
    response=answers.VersionsAnswer,
    url_name="section",
)
def versions(request: HttpRequest, incident_id: int, section: str) -> answers.VersionsAnswer:
    """Every version of a section, newest first."""
    row = asking.incident(request, incident_id)
    return {"versions": [_version(one) for one in written.versions(row, _known(section))]}


@router.post(
    "/incidents/{int:incident_id}/postmortem/{slug:section}",
    response={201: answers.VersionAnswer},
    url_name="write-section",
)
def write(
    request: HttpRequest, incident_id: int, section: str, new: fields.NewSection
) -> Status[answers.VersionAnswer]:
    """Save a section. When `base` is no longer the newest version, it is kept beside that."""
    row = asking.incident(request, incident_id)
    said = record_text(_known(section), sections.known(row))
    draft = actions.Draft(section, new.text, new.base, said, tuple(new.settles), new.follows)
    version = actions.write_section(person(request), row, draft, client_id=new.client_id)
    return Status(201, _version(version))


def _known(section: str) -> str:
    if section not in BY_NAME:
        raise asking.NotFound("there is no such section")
    return section


def _version(one: SectionVersion) -> answers.VersionAnswer:
    return {
        "version": one.number,
        "base": one.base,
        "text": one.text,
        "follows": one.follows,
        "beside": one.beside,
        "settles": one.settles,
        "by": one.by_name or None,
        "at": time(one.at),
    }


@router.post(
    "/incidents/{int:incident_id}/action-items",
    response={201: answers.ItemAnswer},
    url_name="add-item",
)
def add_item(
    request: HttpRequest, incident_id: int, new: fields.NewItem
) -> Status[answers.ItemAnswer]:
    """Write an action item, or accept a proposal by its `seed`."""
    row, who = asking.incident(request, incident_id), person(request)
    if new.seed:
        return Status(201, _item(actions.accept_proposal(who, row, new.seed)))
    return Status(201, _item(actions.add_item(who, row, _said(new), client_id=new.client_id)))


@router.post(
    "/incidents/{int:incident_id}/action-items/{int:number}",
    response=answers.ItemAnswer,
    url_name="item",
)
def change_item(
    request: HttpRequest, incident_id: int, number: int, new: fields.ItemChange
) -> answers.ItemAnswer:
    """Change an action item."""
    found = _found(asking.incident(request, incident_id), number)
    return _item(actions.change_item(person(request), found, _said(new), new.edits))


def _found(row: Incident, number: int) -> ActionItem:
    found = ActionItem.objects.filter(incident=row, number=number).first()
    if found is None:
        raise asking.NotFound("there is no such action item")
    return found


def _said(new: fields.ItemChange) -> actions.ItemFields:
    return actions.ItemFields(new.text, new.kind, new.state, new.owner, new.due, new.why, new.link)


@router.get("/action-items", response=answers.ItemsAnswer, url_name="action-items")
def all_items(request: HttpRequest, wanted: Query[fields.ItemQuery]) -> answers.ItemsAnswer:
    """The action items of all incidents that you may see, the oldest first."""
    today = timezone.now().date() if wanted.overdue else None
    narrowed = written.ItemFilter(wanted.owner, wanted.state, wanted.kind, today)
    rows = written.action_items(person(request), narrowed)
    found = asking.page(rows, OLDEST_FIRST, wanted.cursor)
    return {"items": [_item(one) for one in found.rows], "next": found.next}


def _item(one: ActionItem) -> answers.ItemAnswer:
    return {
        "incident": one.incident_id,
        "number": one.number,
        "text": one.text,
        "kind": one.kind,
        "state": one.state,
        "why": one.why,
        "owner": one.owner_name or None,
        "due": one.due.isoformat() if one.due else None,
        "link": one.link,
        "edits": one.edits,
        "made_by": one.made_by_name,
        "made_at": time(one.made_at),
    }
