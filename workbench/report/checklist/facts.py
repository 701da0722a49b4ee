"""What the checklist is made from: answers of one run, the ways, what people did. Plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collectors.model.evidence import Question
from workbench.analysis.case.state_boundary import StateBoundary
from workbench.report.boundaries import boundaries_of


@dataclass(frozen=True, slots=True)
class Answer:
    """How one question to one device ended."""

    device: str
    question: str
    status: str
    evidence: str
    cut: bool = False
    pasted_by: str = ""
    sample: str = ""  # "before" or "after", of what is read twice


@dataclass(frozen=True, slots=True)
class Ways:
    """The devices that matter in both directions, as far as they are known."""

    client: str
    server: str
    devices: tuple[str, ...] = ()  # on either path, those that can be asked
    dark: tuple[str, ...] = ()  # on either path, and nobody can ask them
    unknown: tuple[str, ...] = ()  # directions of which the end is not known, in words
    alternates: Mapping[str, tuple[str, ...]] | None = None  # other next hops of equal cost
    boundaries: tuple[StateBoundary, ...] = ()

    @property
    def stateful(self) -> tuple[str, ...]:
        """Who keeps state between the ends?"""
        return tuple(one.device for one in self.boundaries if one.expects_both and not one.end)


@dataclass(frozen=True, slots=True)
class Looked:
    """What one run, or (`number` None) what people pasted before any run, tells."""

    number: int | None
    who: str
    answers: tuple[Answer, ...]
    ways: Ways
    picture: Mapping[str, Any] | None = None
    verdict: Mapping[str, Any] | None = None
    final: bool = False
    started_at: datetime | None = None
    says: Callable[[str], str] = lambda evidence: ""  # the meaning of one answer, in words

    def of(self, device: str, questions: tuple[Question, ...]) -> tuple[Answer, ...]:
        """The answers of a device to any of these questions, in order."""
        wanted = {question.value for question in questions}
        return tuple(one for one in self.answers if one.device == device and one.question in wanted)


@dataclass(frozen=True, slots=True)
class Applied:
    """A change that somebody says was made."""

    who: str
    device: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What was done about the fault, from the record."""

    fault: int | None = None  # the run that shows it
    healthy: int | None = None  # without a fault: the run that says that the flow works
    proof: int | None = None
    checked: int | None = None  # the first run that judged after the newest change
    checked_ok: bool = False
    changes: tuple[Applied, ...] = ()
    state: str = "open"
    resolved_by: str = ""
    watches: int = 0  # signals that are proposed for this fault
    items_open: int = 0  # action items that would detect or prevent it
    items_done: int = 0
    taken_back: Applied | None = None  # the last change that was rolled back


@dataclass(frozen=True, slots=True)
class ByHand:
    """What a person says of one point; the newest that was not taken back."""

    seq: int
    mark: str  # done, skipped, reopened
    who: str
    why: str
    at: datetime


def ways_of(
    picture: Mapping[str, Any] | None,
    verdict: Mapping[str, Any] | None,
    ends: tuple[str, str] = ("", ""),
) -> Ways:
    """The ways of one run; `ends` are the client and the server by the inventory, until it walked."""
    if not picture:
        return Ways(*ends)
    client = picture["client"]["name"] or ends[0]
    server = picture["server"]["name"] or ends[1]
    hops = [hop for way in ("forward", "reverse") for hop in picture[way]["hops"]]
    asked = dict.fromkeys(hop["name"] for hop in hops if hop.get("managed", True))
    dark = dict.fromkeys(hop["name"] for hop in hops if not hop.get("managed", True))
    others = {hop["name"]: tuple(hop["alternates"]) for hop in hops if hop.get("alternates")}
    return Ways(
        client,
        server,
        tuple(asked),
        tuple(dark),
        tuple(_unknown(picture)),
        others,
        boundaries_of(verdict, picture),
    )


def _unknown(picture: Mapping[str, Any]) -> list[str]:
    titles = (("forward", "the way out"), ("reverse", "the way back"))
    return [f"the end of {title}" for way, title in titles if not picture[way].get("complete")]
