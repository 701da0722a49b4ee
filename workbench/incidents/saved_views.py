"""Which searches did somebody keep, or share with everybody, and how much do they find? Nothing
here writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, QuerySet

from workbench.incidents import roles
from workbench.incidents.models import SavedView
from workbench.incidents.search.asked import asked
from workbench.incidents.search.find import find

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_TABS = 8
MOST_LISTED = 200
MOST_COUNTED = 100  # a tab says 99+ from here on


@dataclass(frozen=True, slots=True)
class Tab:
    """A pinned view with how many incidents it finds for whoever looks at it."""

    view: SavedView
    count: int

    @property
    def shown(self) -> str:
        """The number, as far as it was counted."""
        return str(self.count) if self.count < MOST_COUNTED else f"{MOST_COUNTED - 1}+"


def views(user: User) -> QuerySet[SavedView]:
    """The views of this person and those that are shared, each with `pinned`: is it a tab here?"""
    if not user.has_perm(roles.VIEW):
        return SavedView.objects.none()
    pins = SavedView.pinned_by.through.objects.filter(savedview=OuterRef("pk"), user=user.pk)
    rows = SavedView.objects.filter(Q(owner=user) | Q(shared=True)).select_related("owner")
    return rows.annotate(pinned=Exists(pins))


def view(user: User, number: int) -> SavedView | None:
    """One of them."""
    return views(user).filter(pk=number).first()


def tabs(user: User, now: datetime) -> list[Tab]:
    """The pinned views, counted by what this person may see and no further than a tab says."""
    pinned = views(user).filter(pinned_by=user)[:MOST_TABS]
    return [Tab(one, _count(user, one, now)) for one in pinned]


def _count(user: User, one: SavedView, now: datetime) -> int:
    looked_for = asked(one.query, now)
    if looked_for.problems:
        return 0
    return find(user, looked_for).order_by()[:MOST_COUNTED].count()
