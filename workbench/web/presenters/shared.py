"""What a share link shows: the head, the verdict in words, both paths, and nothing else unless
whoever made the link chose it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workbench.incidents import fault, head, queries
from workbench.incidents.models import (
    DeviceMention,
    Event,
    Incident,
    PersonMention,
    Run,
    ShareLink,
)
from workbench.incidents.moments import moments_of
from workbench.inventory.models import Device
from workbench.report.disguise import PLAIN, Disguise, letters
from workbench.report.figures.as_svg import as_svg
from workbench.report.figures.path_figure import path_scene
from workbench.web.presenters.head import MomentView, moment_views
from workbench.web.presenters.timeline import line
from workbench.web.presenters.verdict import VerdictView, verdict_view

WIDE, NARROW = 1060, 340  # of the picture, in pixels
Kind = Event.Kind
# of a verdict
FIELDS = ("root_cause", "verdict", "confidence", "summary", "guilty_node", "direction")
PATHS = ("forward_path", "reverse_path")
# lines that have no commands and no outputs in them
TOLD = (Kind.OPENED, Kind.ALERT, Kind.CHANGE, Kind.JUDGED, Kind.STATE_CHANGED, Kind.NOTE)


@dataclass(frozen=True, slots=True)
class SharedLine:
    """One line of the timeline that was marked as important."""

    at: datetime
    who: str
    text: str
    body: str


@dataclass(frozen=True, slots=True)
class SharedView:
    """Everything that the page behind a link says."""

    title: str
    flow: str
    state: str
    severity: int | None
    service: str
    impact: str
    commander: str
    moments: list[MomentView]
    verdict: VerdictView | None
    wide: str  # both paths as SVG
    narrow: str
    paths: list[tuple[str, str]]  # what the picture says, in a line for each direction
    lines: list[SharedLine]


def shared_view(link: ShareLink) -> SharedView:
    """What this link shows."""
    incident, run = link.incident, fault.runs_of(link.incident).shown
    disguise = _disguise(link, run)
    picture = disguise.picture(run.picture) if run and run.picture else None
    commander = head.as_text(incident.commander) if link.people else ""
    return SharedView(
        title=disguise.text(incident.title),
        flow=str(incident.flow),
        state=incident.state,
        severity=incident.severity,
        service=disguise.text(incident.service),
        impact=disguise.text(incident.impact),
        commander=commander,
        moments=[one for one in moment_views(moments_of(incident)) if one.at],
        verdict=_verdict(run, disguise),
        wide=as_svg(path_scene(picture, "light", WIDE)) if picture else "",
        narrow=as_svg(path_scene(picture, "light", NARROW)) if picture else "",
        paths=list(_paths(picture)) if picture else [],
        lines=_lines(link, disguise) if link.timeline else [],
    )


def _verdict(run: Run | None, disguise: Disguise) -> VerdictView | None:
    """The verdict without its reasons and fixes, which quote devices."""
    found = verdict_view(run)
    if found is None:
        return None
    fields = {name: found.fields[name] for name in (*FIELDS, *PATHS) if name in found.fields}
    return VerdictView(disguise.value(fields), found.final)


def _paths(picture: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for side in ("forward", "reverse"):
        names = [hop["name"] or hop.get("address") or "?" for hop in picture[side]["hops"]]
        outcome = picture[side].get("outcome", "")
        way = " → ".join(names) or "not known"
        yield side, f"{way} ({outcome})" if outcome else way


def _disguise(link: ShareLink, run: Run | None) -> Disguise:
    incident, names = link.incident, dict[str, str]()
    if link.letters:
        names |= letters(_devices(incident, run))
    if not link.people:
        hidden = {name.casefold() for name in _people(incident)} - PLAIN
        names |= dict.fromkeys(hidden, "somebody")
    ends = frozenset({str(incident.flow.src), str(incident.flow.dst)})
    return Disguise(names, ends if link.letters else None)


def _devices(incident: Incident, run: Run | None) -> Iterator[str]:
    """Every name that a text of this incident may say: those on the paths first."""
    ends = {str(incident.flow.src), str(incident.flow.dst)}
    if run is not None:
        yield from (name for name in _drawn(run.picture or {}) if name not in ends)
        yield from (
            str((run.verdict or {}).get(field) or "") for field in ("guilty_node", "decided_by")
        )
    mentions = DeviceMention.objects.filter(incident=incident).order_by("pk")
    yield from mentions.values_list("device", flat=True)
    yield from Device.objects.order_by("name").values_list("name", flat=True)


def _drawn(picture: dict[str, Any]) -> Iterator[str]:
    """The names of a picture: of hops, of their groups, of both ends."""
    sides = [picture.get(side, {}).get("hops", ()) for side in ("forward", "reverse")]
    hops = [hop for side in sides for hop in side]
    yield from (hop["name"] for hop in hops)
    yield from (str(hop.get("group") or "") for hop in hops)
    for end in ("client", "server"):
        yield str(picture.get(end, {}).get("name") or "")


def _people(incident: Incident) -> Iterator[str]:
    for one in (incident.commander, incident.scribe, incident.opened_by, *head.hands(incident)):
        yield head.as_text(one)
    yield from PersonMention.objects.filter(incident=incident).values_list("name", flat=True)
    yield from incident.invited.values_list("username", flat=True)
    notes = Event.objects.filter(incident=incident, payload__has_key="mentions")
    for payload in notes.values_list("payload", flat=True):
        yield from map(str, payload["mentions"])


def _lines(link: ShareLink, disguise: Disguise) -> list[SharedLine]:
    marked = [event for event in queries.pinned(link.incident) if event.kind in TOLD]
    return [_line(event, link, disguise) for event in marked]


def _line(event: Event, link: ShareLink, disguise: Disguise) -> SharedLine:
    said = line(event)
    who = said.who if link.people or said.who == "Bothways" else "somebody"
    body = "" if event.kind == Kind.CHANGE else said.body  # a change says its commands there
    device = f" ({said.device})" if said.device else ""
    return SharedLine(said.at, who, disguise.text(f"{said.text}{device}"), disguise.text(body))
