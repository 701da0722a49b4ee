"""What has been written of a postmortem: for each section the text that stands, and what stands
beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from workbench.incidents import queries
from workbench.incidents.models import ActionItem, Incident, PostmortemReview, SectionVersion

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

    Person = User | AnonymousUser


@dataclass(frozen=True, slots=True)
class Written:
    """What people made of one section."""

    stands: SectionVersion | None = None  # None = nobody wrote: the record's own words
    beside: tuple[SectionVersion, ...] = ()  # saved over an older version, and not settled yet
    number: int = 0  # of the newest version

    @property
    def base(self) -> int:
        """The version over which somebody writes now."""
        return self.stands.number if self.stands else 0

    @property
    def follows(self) -> bool:
        """Does it follow the record?"""
        return self.stands is None or self.stands.follows


def written(incident: Incident) -> dict[str, Written]:
    """What people made of the sections of an incident's postmortem, by section."""
    by_section: dict[str, list[SectionVersion]] = {}
    for version in SectionVersion.objects.filter(incident=incident).order_by("number"):
        by_section.setdefault(version.section, []).append(version)
    return {section: _written(versions) for section, versions in by_section.items()}


def _written(versions: list[SectionVersion]) -> Written:
    settled = {number for version in versions for number in version.settles}
    beside = [v for v in versions if v.beside and v.number not in settled]
    accepted = [version for version in versions if not version.beside]
    stands = accepted[-1] if accepted else None
    return Written(stands, tuple(beside), versions[-1].number)


def section(incident: Incident, name: str) -> Written:
    """What people made of one section."""
    found = SectionVersion.objects.filter(incident=incident, section=name).order_by("number")
    versions = list(found)
    return _written(versions) if versions else Written()


def versions(incident: Incident, name: str) -> list[SectionVersion]:
    """Every version of a section, newest first."""
    found = SectionVersion.objects.filter(incident=incident, section=name)
    return list(found.order_by("-number"))


def review(incident: Incident) -> PostmortemReview:
    """Draft or reviewed? One that is not in the database is a draft that nobody edited."""
    found = PostmortemReview.objects.filter(incident=incident).first()
    return found or PostmortemReview(incident=incident)


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Which action items somebody wants to see; empty fields do not narrow."""

    owner: str = ""
    state: str = ""
    kind: str = ""
    overdue_on: date | None = None


def action_items(user: Person, wanted: ItemFilter | None = None) -> QuerySet[ActionItem]:
    """The action items of all incidents that this person may see, the most urgent first; those of
    imported incidents are another installation's to do."""
    wanted = wanted or ItemFilter()
    seen = queries.incidents(user).filter(origin="").order_by().values("pk")
    rows = ActionItem.objects.filter(incident__in=seen).select_related("incident")
    named = {"owner_name": wanted.owner, "state": wanted.state, "kind": wanted.kind}
    rows = rows.filter(**{name: value for name, value in named.items() if value})
    if wanted.overdue_on is not None:
        rows = rows.filter(overdue(wanted.overdue_on))
    return rows.order_by("due", "incident", "number")


def overdue(today: date) -> Q:
    """Open, and due before today."""
    return Q(state=ActionItem.State.OPEN, due__lt=today)


def items_of(incident: Incident) -> list[ActionItem]:
    """The action items of one incident, in the order in which they were written."""
    return list(ActionItem.objects.filter(incident=incident).order_by("number"))
