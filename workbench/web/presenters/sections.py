"""The sections of a postmortem as its page shows them."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from workbench.incidents import written
from workbench.incidents.models import Incident, SectionVersion
from workbench.report import markup
from workbench.report.postmortem.document import Postmortem
from workbench.report.postmortem.sections import SECTIONS, SectionKind, record_texts
from workbench.web.presenters import postmortem


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of what changed between two texts."""

    sign: str  # + added, - removed, empty = the same, @ = something is left out
    text: str


@dataclass(frozen=True, slots=True)
class BesideView:
    """A text that somebody saved over an older version."""

    number: int
    by: str
    at: datetime
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class SectionView:
    """One section as the page shows it."""

    kind: SectionKind
    text: str
    html: str
    base: int
    versions: int
    follows: bool
    by: str
    at: datetime | None
    beside: tuple[BesideView, ...]
    record: str
    changed: tuple[DiffLine, ...]  # of the record, since a person wrote

    @property
    def settles(self) -> str:
        """The numbers of what stands beside, for the form."""
        return ",".join(str(one.number) for one in self.beside)


def views(incident: Incident, known: Postmortem) -> list[SectionView]:
    """Every section, in order."""
    now, record = written.written(incident), record_texts(known)
    leads = leads_on_pages(incident, known.run)
    return [
        _view(kind, now.get(kind.name, written.Written()), record.get(kind.name, ""), leads)
        for kind in SECTIONS
    ]


def _view(kind: SectionKind, now: written.Written, record: str, leads: markup.Leads) -> SectionView:
    stands = None if now.follows else now.stands
    text = stands.text if stands else record
    return SectionView(
        kind,
        text,
        markup.to_html(text, leads),
        now.base,
        now.number,
        stands is None,
        stands.by_name if stands else "",
        stands.at if stands else None,
        tuple(_beside(one, leads) for one in now.beside),
        record,
        tuple(diff(stands.record, record)) if stands and stands.record != record else (),
    )


def _beside(one: SectionVersion, leads: markup.Leads) -> BesideView:
    return BesideView(one.number, one.by_name, one.at, one.text, markup.to_html(one.text, leads))


def leads_on_pages(incident: Incident, run: int | None) -> markup.Leads:
    """Where a reference in a text leads: an answer opens in the drawer, an event stands in the
    timeline, a pasted output on its page."""

    def leads(to: markup.Reference) -> str:
        if to.name.startswith("n"):
            return f"{reverse('incident', args=[incident.pk])}#{to.name}"
        if to.name.startswith("p"):
            return reverse("paste", args=[incident.pk])
        of = to.run or run
        return f"{reverse('reason', args=[incident.pk, of])}?ids={to.name}" if of else ""

    return leads


def texts(shown: list[SectionView]) -> dict[str, str]:
    """What each section says now, for a review."""
    return {one.kind.name: one.text for one in shown if one.kind.editable}


def since_review(reviewed: dict[str, str], shown: list[SectionView]) -> list[SectionView]:
    """Which sections say something else than when they were reviewed? A section that follows the
    record changes without an edit."""
    now = texts(shown)
    return [one for one in shown if reviewed.get(one.kind.name, "") != now.get(one.kind.name, "")]


def diff(before: str, after: str, around: int = 2) -> Iterator[DiffLine]:
    """The lines that differ, with a few around them."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=around)
    for line in list(lines)[2:]:
        sign = line[:1]
        yield DiffLine("@", "") if sign == "@" else DiffLine(sign.strip(), line[1:])


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version of a section in its history."""

    version: SectionVersion
    changes: tuple[DiffLine, ...]  # against the version that it was written over


def history(incident: Incident, name: str) -> list[VersionView]:
    """Every version of a section with what it changed, newest first."""
    versions = written.versions(incident, name)
    by_number = {one.number: one for one in versions}
    return [VersionView(one, tuple(_changes(one, by_number))) for one in versions]


def _changes(one: SectionVersion, by_number: dict[int, SectionVersion]) -> Iterator[DiffLine]:
    over = by_number.get(one.base)
    return diff(over.text if over else one.record, one.text)


def known(incident: Incident) -> Postmortem:
    """What is on record, as the sections need it."""
    return postmortem.record(incident)
