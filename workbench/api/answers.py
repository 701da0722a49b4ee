"""The shapes of answers: what `shapes` makes, what mypy checks, and what `/api/openapi.json` says."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12


class Paged(TypedDict):
    """Part of a list: `next` is the cursor of what follows, null at the end."""

    next: str | None


class IncidentAnswer(TypedDict):
    """The incident itself."""

    id: int
    title: str
    flow: str
    state: str
    opened_at: str | None
    opened_by: str | None
    probes: str
    recording: str
    restricted: bool
    last: int
    severity: int | None
    service: str
    impact: str
    tags: list[str]
    links: list[str]
    commander: str | None
    scribe: str | None
    origin: str | None


class DurationAnswer(TypedDict):
    """How long something took."""

    seconds: float
    since: str


class HeadAnswer(TypedDict):
    """The head: every field as text."""

    title: str
    severity: str
    service: str
    impact: str
    tags: str
    links: str
    commander: str
    scribe: str
    hands: str
    started: str
    detected: str
    acknowledged: str
    mitigated: str
    resolved: str
    by_hand: list[str]
    durations: dict[str, DurationAnswer]
    last: int


class IncidentsAnswer(Paged):
    """Incidents."""

    incidents: list[IncidentAnswer]


class EventAnswer(TypedDict):
    """One numbered event."""

    seq: int
    kind: str
    at: str | None
    happened_at: str | None
    actor: str | None
    run: int | None
    device: str | None
    device_at: str | None
    clock_offset: float | None
    clock_uncertainty: float | None
    payload: dict[str, Any]


class EventsAnswer(TypedDict):
    """Events after a number: ask again while `last` is below `upto`."""

    last: int
    upto: int
    events: list[EventAnswer]


class RunAnswer(TypedDict):
    """One run without its evidence."""

    number: int
    flow: str
    state: str
    requested_by: str | None
    requested_at: str | None
    started_at: str | None
    ended_at: str | None
    cancel_requested: bool
    options: dict[str, Any]
    recording: str
    problem: str
    verdict: dict[str, Any] | None
    verdict_final: bool


class RunsAnswer(Paged):
    """Runs, newest first."""

    runs: list[RunAnswer]


class ProgressAnswer(TypedDict):
    """How far one device or step has come."""

    name: str
    asked: int
    answered: int
    statuses: dict[str, int]


class SpeakingAnswer(TypedDict):
    """Which runs speak for the incident, by number, and the verdict on its fault."""

    judged_run: int | None
    fault_run: int | None
    proof_run: int | None
    fault: dict[str, Any] | None


class _NowAnswer(TypedDict, total=False):
    progress: dict[str, list[ProgressAnswer]]
    figure: str | None


class StateAnswer(SpeakingAnswer, _NowAnswer):
    """Everything that a page needs to draw an incident."""

    incident: IncidentAnswer
    last: int
    run: RunAnswer | None


class EvidenceAnswer(TypedDict):
    """One answer of a device, without its output."""

    id: str
    device: str
    question: str
    step: str
    status: str
    sample: str | None
    command: str
    reason: str | None
    exit_status: int | None
    taken_at: float
    duration: float
    truncated: bool
    pasted_by: str | None
    clock_offset: float
    clock_uncertainty: float
    records: int
    unread: list[Any]
    size: int
    sha256: str
    redacted: int | None


class EvidenceListAnswer(Paged):
    """The answers of a run."""

    evidence: list[EvidenceAnswer]


class PastedAnswer(TypedDict):
    """One output that a person pasted or uploaded."""

    number: int
    id: str
    device: str
    question: str
    status: str
    records: int
    unread: list[Any]
    pasted_by: str
    pasted_at: str | None
    withdrawn_at: str | None
    redacted: int | None


class PastedListAnswer(Paged):
    """What people pasted."""

    pasted: list[PastedAnswer]


class PastedNowAnswer(PastedAnswer):
    """What was made of a paste: the first output itself, and all of them."""

    pasted: list[PastedAnswer]
    left_out: list[str]
    pieces: list[dict[str, Any]]


class ResultAnswer(TypedDict):
    """What came of a command."""

    at: str | None
    status: str
    exit_status: int | None
    reason: str | None
    duration: float
    size: int
    sha256: str
    truncated: bool


class CommandAnswer(TypedDict):
    """One command that was about to be sent, and what came of it."""

    id: int
    at: str | None
    incident: int | None
    run: int | None
    person: str | None
    device: str
    account: str
    question: str
    step: str
    command: str
    result: ResultAnswer | None


class CommandsAnswer(Paged):
    """What was sent to devices, newest first."""

    commands: list[CommandAnswer]


class Change(TypedDict):
    """One thing that two runs tell differently."""

    what: str
    before: Any
    after: Any


class CompareAnswer(TypedDict):
    """What changed from one run to another."""

    changes: list[Change]
    meet_again: bool


class CancelledAnswer(TypedDict):
    """Was the run asked to stop, or had it ended already?"""

    cancelled: bool


class ImportedIncidentAnswer(TypedDict):
    """An incident that was imported: its number here, and where it was made."""

    id: int
    origin: str


class WithdrawnAnswer(TypedDict):
    """Was it withdrawn now, or before?"""

    withdrawn: bool


class ImportedAnswer(TypedDict):
    """Which devices an inventory file brought."""

    devices: list[str]
    warnings: list[str]


class BesideAnswer(TypedDict):
    """A text that was saved over an older version."""

    version: int
    by: str | None
    at: str | None
    text: str


class SectionAnswer(TypedDict):
    """One section of a postmortem as it stands."""

    section: str
    title: str
    text: str
    base: int
    follows: bool
    by: str | None
    at: str | None
    record: str
    changed_since: bool
    beside: list[BesideAnswer]


class ItemAnswer(TypedDict):
    """One action item."""

    incident: int
    number: int
    text: str
    kind: str
    state: str
    why: str
    owner: str | None
    due: str | None
    link: str
    edits: int
    made_by: str
    made_at: str | None


class ItemsAnswer(Paged):
    """Action items, the oldest first."""

    items: list[ItemAnswer]


class ProposalAnswer(TypedDict):
    """An action item that nobody has accepted yet."""

    seed: str
    kind: str
    text: str


class PostmortemAnswer(TypedDict):
    """The postmortem of an incident."""

    state: str
    edits: int
    reviewed_by: str | None
    reviewed_at: str | None
    sections: list[SectionAnswer]
    items: list[ItemAnswer]
    proposals: list[ProposalAnswer]


class VersionAnswer(TypedDict):
    """One version of a section."""

    version: int
    base: int
    text: str
    follows: bool
    beside: bool
    settles: list[int]
    by: str | None
    at: str | None


class VersionsAnswer(TypedDict):
    """Every version of a section, newest first."""

    versions: list[VersionAnswer]


class ChecksAnswer(TypedDict):
    """The twelve points: `row`, `title`, `asks`, `state`, `done`, `run`, `who`, `finding`,
    `evidence`, `event`."""

    checks: list[dict[str, Any]]


class IncidentBoundariesAnswer(TypedDict):
    """The state boundaries of the run that shows the fault, else of the one that stands."""

    run: int | None
    sentence: str
    boundaries: list[dict[str, Any]]


class BoundariesAnswer(Paged):
    """State boundaries over all incidents, by device, the newest first."""

    boundaries: list[dict[str, Any]]
