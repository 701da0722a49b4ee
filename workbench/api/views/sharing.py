"""Share links of an incident: list, make, revoke."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from workbench.api import asking, shapes
from workbench.api.asking import person
from workbench.api.fields import Fields
from workbench.incidents import actions
from workbench.incidents.models import ShareLink
from workbench.web.views.sharing import address_of

router = Router(tags=["incidents"])
SHARES = "/incidents/{int:incident_id}/shares"


class NewShare(Fields):
    """A link to make."""

    label: Annotated[str, Field(description="for whom")]
    days: Annotated[int, Field(ge=1, le=actions.MOST_DAYS)] = actions.DAYS
    devices: Annotated[Literal["names", "letters"], Field(description="device A, or names")] = (
        "names"
    )
    people: Annotated[bool, Field(description="show the names of people")] = False
    timeline: Annotated[bool, Field(description="show lines that are marked as important")] = False


class ShareAnswer(TypedDict):
    """A link, without the token."""

    id: int
    label: str
    made_by: str
    made_at: str | None
    expires_at: str | None
    revoked_at: str | None
    valid: bool
    devices: str
    people: bool
    timeline: bool
    opened: int
    first_opened_at: str | None
    last_opened_at: str | None


class MadeAnswer(ShareAnswer):
    """A link that was just made: the only time that its address is told."""

    url: str


class SharesAnswer(TypedDict):
    """The links of an incident, newest first."""

    shares: list[ShareAnswer]


@router.get(SHARES, response=SharesAnswer, url_name="shares")
def list_shares(request: HttpRequest, incident_id: int) -> SharesAnswer:
    """The links of an incident, with how often each was opened."""
    links = ShareLink.objects.filter(incident=asking.incident(request, incident_id))
    return {"shares": [_shape(link) for link in links.select_related("made_by")]}


@router.post(SHARES, response={201: MadeAnswer}, url_name="share")
def share(request: HttpRequest, incident_id: int, new: NewShare) -> Status[MadeAnswer]:
    """Make a link by which somebody without a login may read the incident."""
    shown = actions.Shown(new.devices == "letters", new.people, new.timeline)
    row = asking.incident(request, incident_id)
    link, token = actions.share(person(request), row, new.label, new.days, shown)
    return Status(201, {**_shape(link), "url": address_of(request, token)})


@router.post(f"{SHARES}/{{int:number}}/revoke", response=ShareAnswer, url_name="revoke-share")
def revoke(request: HttpRequest, incident_id: int, number: int) -> ShareAnswer:
    """Take a link back."""
    rows = ShareLink.objects.filter(incident=asking.incident(request, incident_id), pk=number)
    link = rows.select_related("incident", "made_by").first()
    if link is None:
        raise asking.NotFound("there is no such link")
    actions.revoke(person(request), link)
    link.refresh_from_db()
    return _shape(link)


def _shape(link: ShareLink) -> ShareAnswer:
    return {
        "id": link.pk,
        "label": link.label,
        "made_by": link.made_by.get_username(),
        "made_at": shapes.time(link.made_at),
        "expires_at": shapes.time(link.expires_at),
        "revoked_at": shapes.time(link.revoked_at),
        "valid": link.valid,
        "devices": "letters" if link.letters else "names",
        "people": link.people,
        "timeline": link.timeline,
        "opened": link.opened,
        "first_opened_at": shapes.time(link.first_opened_at),
        "last_opened_at": shapes.time(link.last_opened_at),
    }
