"""What other systems send and are answered: bodies, query strings and the shapes of answers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from workbench.api.answers import Paged
from workbench.api.fields import Fields, Paging, Time


class NewChange(Fields):
    """A change of a device that another system made."""

    source: Annotated[str, Field(description="who says so: `ansible`, `netbox`, `ci`")]
    device: Annotated[str, Field(description="as the inventory calls it")]
    summary: Annotated[str, Field(description="what was changed, in one line")]
    at: Annotated[str, Field(description="when it was made; empty: now")] = ""
    url: Annotated[str, Field(description="http or https")] = ""
    commands: Annotated[list[str], Field(description="the commands, 200 at most")] = []


class ChangeQuery(Paging):
    """Which reported changes?"""

    device: str = ""
    source: str = ""
    since: Time = ""
    until: Time = ""


class ChangeAnswer(TypedDict):
    """A change that another system reported."""

    id: int
    source: str
    device: str
    summary: str
    at: str | None
    url: str
    commands: list[str]
    reported_by: str
    reported_at: str | None


class ReportedAnswer(ChangeAnswer):
    """The change that was kept; `new` is false where the very same was reported before."""

    new: bool


class ChangesAnswer(Paged):
    """Reported changes, the newest first."""

    changes: list[ChangeAnswer]
