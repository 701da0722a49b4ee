"""What requests may say: query strings and bodies. A name that is not declared is refused."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from workbench.incidents.head import written

Probes = Literal["", "off", "gentle", "full"]


class Fields(BaseModel):
    """The fields of a body. A number is taken where a text is wanted, as forms write it."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


def _a_time(text: str) -> str:
    datetime.fromisoformat(text or "2000-01-01")
    return text


Number = Annotated[int, Field(ge=0, lt=10**15)]
RunNumber = Annotated[int | None, BeforeValidator(_none_if_empty), Field(ge=1, lt=10**9)]
Time = Annotated[
    str,
    AfterValidator(_a_time),
    Field(description="2026-11-30 or 2026-11-30T02:07Z; UTC unless it says otherwise"),
]
Cursor = Annotated[str, Field(description="`next` of the answer before; empty: from the start")]


class Paging(BaseModel):
    """Where in a list an answer begins."""

    cursor: Cursor = ""


class IncidentQuery(Paging):
    """Which incidents? All of what is given must hold."""

    q: Annotated[
        str, Field(description="words, and `key:value` with the names of the other parameters")
    ] = ""
    device: Annotated[str, Field(description="guilty, on a path, asked, pasted or named")] = ""
    address: Annotated[
        str, Field(description="an address or a network, of a flow, path, verdict or note")
    ] = ""
    cause: Annotated[str, Field(description="a code of `root_cause`, or a part of one")] = ""
    by: Annotated[str, Field(description="who opened it, wrote in it, ran or changed it")] = ""
    state: Annotated[str, Field(description="open, mitigated or resolved; several with commas")] = (
        ""
    )
    severity: Annotated[str, Field(description="1 to 4, 1..2, 1,3 or none")] = ""
    since: Annotated[str, Field(description="opened since: 2026-11-01, or 7d")] = ""
    until: Annotated[str, Field(description="opened until, the day included")] = ""
    sort: Literal["newest", "oldest", "state", "severity", "title"] = "newest"


class CommandQuery(Paging):
    """Which commands?"""

    device: str = ""
    person: str = ""
    incident: Number = 0
    run: Number = 0
    question: str = ""
    since: Time = ""
    until: Time = ""
    start: Annotated[Number, Field(description="how many to leave out; `cursor` is exact")] = 0


class EvidenceQuery(Paging):
    """Which answers of a run?"""

    device: str = ""
    question: str = ""
    step: str = ""


class NewIncident(Fields):
    """An incident to open."""

    flow: Annotated[str, Field(description="any pasted line that shows the flow")]
    title: str = ""
    probes: Probes = ""
    restricted: Annotated[bool, Field(description="seen by those who are invited only")] = False
    run: Annotated[bool, Field(description="start its first run at once")] = False


class NewRun(Fields):
    """A run to start."""

    probes: Probes = ""
    ask: Annotated[
        Literal["near", "all"], Field(description="the devices near the flow, or all of them")
    ] = "near"
    window: Annotated[
        Annotated[float, Field(ge=1, le=60, allow_inf_nan=False)] | None,
        BeforeValidator(_none_if_empty),
        Field(description="seconds in which the flow is watched"),
    ] = None
    flow: Annotated[int, Field(ge=1, description="which of the incident's flows")] = 1


class NewFlow(Fields):
    """A flow to add, or what one should have been."""

    flow: Annotated[str, Field(description="any pasted line that shows the flow")]
    why: str = ""


class NewNote(Fields):
    """A note to write."""

    text: str = ""
    happened_at: Annotated[str, Field(description="02:07, or a full time")] = ""
    client_id: str = ""
    until: Annotated[str, Field(description="the end of what lasted")] = ""


class NewCorrection(Fields):
    """What a note should have said."""

    text: str = ""
    read: Annotated[
        Number | None, Field(description="the event that you read; a newer one is not written over")
    ] = None
    client_id: str = ""


class NewRedaction(Fields):
    """What to remove for good."""

    what: Annotated[str, Field(description="n12, image 3, p2 or run 1 e7")]
    why: Annotated[str, Field(description="stays in its place")]
    secret: Annotated[str, Field(description="words that are to stand nowhere in the incident")] = (
        ""
    )


class Mark(Fields):
    """Is a line of the timeline important?"""

    event: Annotated[Number, Field(description="the number of the line")]
    pinned: bool = True


def _written(value: object) -> str:
    """A number, a list of texts or null as the text of a field of the head."""
    if isinstance(value, bool | dict | float):
        raise ValueError("must be a text, a number, a list of texts or null")
    return written(value)


HeadText = Annotated[
    str,
    BeforeValidator(_written),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "integer"},
                {"type": "array", "items": {"type": "string"}},
                {"type": "null"},
            ]
        }
    ),
]


class HeadFields(Fields):
    """Fields of the head; those that are not named stay as they are."""

    title: HeadText = ""
    severity: HeadText = ""
    service: HeadText = ""
    impact: HeadText = ""
    tags: HeadText = ""
    links: HeadText = ""
    commander: HeadText = ""
    scribe: HeadText = ""
    hands: HeadText = ""
    started: HeadText = ""
    detected: HeadText = ""
    acknowledged: HeadText = ""
    mitigated: HeadText = ""
    resolved: HeadText = ""


class HeadChange(HeadFields):
    """Fields of the head to change, and the values from which you started."""

    was: HeadFields = HeadFields()
    why: str = ""


class NewState(Fields):
    """A state to change to."""

    state: str
    why: str = ""
    happened_at: str = ""
    proof: RunNumber = None


class NewCheck(Fields):
    """What a person says of one point of the checklist."""

    row: Annotated[int, Field(ge=1, le=12)]
    mark: Literal["done", "skipped", "reopened"]
    why: Annotated[str, Field(description="what was found, or why it is skipped")] = ""
    client_id: str = ""


class BoundaryQuery(Paging):
    """Which state boundaries?"""

    device: str = ""
    incident: Number = 0
    since: Time = ""


class ChosenRuns(Fields):
    """Which run shows the fault, which one the repair; null: as found by itself."""

    fault: RunNumber = None
    proof: RunNumber = None


class NewPasted(Fields):
    """An output to paste."""

    device: str = ""
    text: str = ""
    question: str = ""
    platform: str = ""


class NewSection(Fields):
    """A section to save."""

    text: str = ""
    base: Annotated[Number, Field(description="the version that you read; 0: the record")] = 0
    settles: list[Number] = []
    follows: Annotated[bool, Field(description="give it back to the record")] = False
    client_id: str = ""


class NewReview(Fields):
    """A review, or a draft again."""

    state: Literal["reviewed", "draft"] = "reviewed"
    edits: Annotated[Number, Field(description="how many saved versions you read")] = 0


class ItemChange(Fields):
    """What to say of an action item; null: nothing, it stays."""

    text: str | None = None
    kind: str | None = None
    state: str | None = None
    owner: Annotated[str | None, Field(description="a user's name; empty: nobody")] = None
    due: Annotated[str | None, Field(description="2026-12-24; empty: no date")] = None
    why: str | None = None
    link: str | None = None
    edits: Annotated[Number | None, Field(description="only when nobody changed it since")] = None


class NewItem(ItemChange):
    """An action item to write, or a proposal to accept."""

    seed: str = ""
    client_id: str = ""


class ItemQuery(Paging):
    """Which action items?"""

    owner: str = ""
    state: Literal["", "open", "done", "dropped"] = ""
    kind: Literal["", "prevent", "detect", "mitigate"] = ""
    overdue: bool = False
