"""Action items: written, accepted from the proposals, changed, done and dropped."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils import timezone

from workbench.incidents import fault, roles, timeline
from workbench.incidents.actions.common import ActionRefused, needs_respond, once
from workbench.incidents.models import ActionItem, Event, Incident
from workbench.report.postmortem.prevention import proposals
from workbench.report.text import clean

if TYPE_CHECKING:
    from workbench.report.postmortem.prevention import Proposal

Kind = Event.Kind
LONGEST, LONGEST_LINK = 1000, 500


@dataclass(frozen=True, slots=True)
class ItemFields:
    """What somebody says of an action item; None = nothing, it stays."""

    text: str | None = None
    kind: str | None = None
    state: str | None = None
    owner: str | None = None  # a user's name; empty = nobody
    due: date | str | None = None  # empty = no date
    why: str | None = None
    link: str | None = None


def add_item(by: User, incident: Incident, said: ItemFields, *, client_id: str = "") -> ActionItem:
    """Write down what is to be done. What a page sends twice under one `client_id` is one item."""
    needs_respond(by, incident)
    columns = {"kind": ActionItem.Kind.PREVENT.value, **_columns(incident, said)}
    if not columns.get("text"):
        raise ActionRefused("say what is to be done")

    def write(client_id: str | None) -> Event:
        item = _create(by, incident, columns)
        return _tell(by, item, columns, client_id)

    event = once(incident, client_id, write)
    return ActionItem.objects.get(incident=incident, number=event.payload["item"])


def accept_proposal(by: User, incident: Incident, seed: str) -> ActionItem:
    """Make an action item of a proposal, as it stands."""
    needs_respond(by, incident)
    found = next((one for one in open_proposals(incident) if one.seed == seed), None)
    if found is None:
        raise ActionRefused("this is proposed no longer, or was accepted already")
    columns = {"text": found.text[:LONGEST], "kind": found.kind, "seed": found.seed}
    try:
        with transaction.atomic():
            item = _create(by, incident, columns)
            _tell(by, item, columns)
    except IntegrityError:
        raise ActionRefused("somebody accepted it just now") from None
    return item


def open_proposals(incident: Incident) -> list[Proposal]:
    """What is proposed for this incident's cause, and not accepted yet."""
    run = fault.runs_of(incident).subject
    taken = set(ActionItem.objects.filter(incident=incident).values_list("seed", flat=True))
    return [one for one in proposals(run.verdict if run else None) if one.seed not in taken]


def change_item(
    by: User, item: ActionItem, said: ItemFields, edits: int | None = None
) -> ActionItem:
    """Change an action item. With `edits`, only when nobody changed it since."""
    needs_respond(by, item.incident)
    columns = _columns(item.incident, said)
    changes = {name: value for name, value in columns.items() if getattr(item, name) != value}
    if not changes:
        return item
    _check_dropped(item, changes)
    with transaction.atomic():
        same = ActionItem.objects.filter(pk=item.pk, edits=item.edits if edits is None else edits)
        if not same.update(**changes, edits=F("edits") + 1):
            raise ActionRefused("somebody else changed it meanwhile; look at it again")
        _tell(by, item, changes)
    item.refresh_from_db()
    return item


def _check_dropped(item: ActionItem, changes: dict[str, Any]) -> None:
    state = changes.get("state", item.state)
    if state == ActionItem.State.DROPPED and not changes.get("why", item.why):
        raise ActionRefused("say why it is dropped")


def _create(by: User, incident: Incident, columns: dict[str, Any]) -> ActionItem:
    # holds the row until commit: items get their numbers one after the other
    Incident.objects.filter(pk=incident.pk).update(last_seq=F("last_seq"))
    last = ActionItem.objects.filter(incident=incident).aggregate(last=Max("number"))["last"]
    made = {"made_by": by, "made_by_name": by.get_username(), "made_at": timezone.now()}
    return ActionItem.objects.create(incident=incident, number=(last or 0) + 1, **made, **columns)


def _tell(
    by: User, item: ActionItem, columns: dict[str, Any], client_id: str | None = None
) -> Event:
    """The event, with what changed and what it was."""
    told = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in columns.items()
        if name not in ("owner", "made_by")
    }
    payload = {"item": item.number, **told}
    return timeline.append(item.incident_id, Kind.ACTION_ITEM, payload, by=by, client_id=client_id)


def _columns(incident: Incident, said: ItemFields) -> dict[str, Any]:
    given = {one.name: getattr(said, one.name) for one in fields(said)}
    found = {name: value for name, value in given.items() if value is not None}
    columns = {name: _column(name, value) for name, value in found.items() if name != "owner"}
    return columns | (_owner(incident, said.owner) if said.owner is not None else {})


def _column(name: str, value: Any) -> Any:
    if name == "due":
        return _date(value)
    text = clean(value, LONGEST).strip()
    if name == "kind" and text not in ActionItem.Kind.values:
        raise ActionRefused("an action item prevents, detects or mitigates")
    if name == "state" and text not in ActionItem.State.values:
        raise ActionRefused("an action item is open, done or dropped")
    if name == "link" and text and not _is_address(text):
        raise ActionRefused("a link begins with http:// or https://")
    return text


def _date(value: date | str) -> date | None:
    if isinstance(value, date) or not value:
        return value or None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ActionRefused(f"{value[:20]!r} is no date; write 2026-12-24") from None


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and len(text) <= LONGEST_LINK


def _owner(incident: Incident, name: str) -> dict[str, Any]:
    """The owner is somebody who may see the incident."""
    if not name.strip():
        return {"owner": None, "owner_name": ""}
    found = User.objects.filter(username=name.strip(), is_active=True).first()
    if found is None or not roles.may_view(found, incident):
        raise ActionRefused("there is no user of that name who may see this incident")
    return {"owner": found, "owner_name": found.get_username()}
