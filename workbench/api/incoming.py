"""What other systems send and are answered: bodies, query strings and the shapes of answers."""

from __future__ import annotations

from typing import Annotated, Literal

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


class NewAlert(Fields):
    """An alert of any system: the flow as one text, or in fields."""

    title: Annotated[str, Field(min_length=1, description="what is wrong, in one line")]
    flow: Annotated[str, Field(description="any line that shows the flow")] = ""
    protocol: str = ""
    src: str = ""
    sport: str = ""
    dst: str = ""
    dport: str = ""
    status: Literal["firing", "resolved"] = "firing"
    source: Annotated[str, Field(description="who says so")] = "plain"
    key: Annotated[str, Field(description="same key and flow: the same alert; empty: title")] = ""
    at: Annotated[str, Field(description="when it began, or was resolved; empty: now")] = ""
    url: Annotated[str, Field(description="http or https")] = ""
    summary: str = ""
    severity: Annotated[str, Field(description="1 to 4, or a word of the rules")] = ""
    service: str = ""
    tags: list[str] = []


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


class AlertAnswer(TypedDict):
    """What came of one alert. `did`: `opened` an incident, `joined` the open one on its flow,
    `noted` (its status changed), `nothing` (told before, or resolved and unknown), `same` (another
    alert of the group says so), `unread` (no flow), `left-out` (too many), `later`."""

    alert: str
    did: str
    incident: int | None
    run: int | None
    says: str


class AlertsAnswer(TypedDict):
    """What came of each alert, in their order."""

    alerts: list[AlertAnswer]
