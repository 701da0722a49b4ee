"""Saved views on the list of incidents: tabs with numbers, and the list in which they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from workbench.incidents import saved_views
from workbench.web.presenters.incident_filters import address

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class ViewTab:
    """One pinned view."""

    name: str
    address: str
    count: str
    current: bool


@dataclass(frozen=True, slots=True)
class KeptView:
    """One view in the list of all that somebody has."""

    pk: int
    name: str
    address: str
    owner: str
    shared: bool
    pinned: bool
    may_change: bool


def shown(user: User, now: datetime, query: str, sort: str) -> dict[str, Any]:
    """What the page of the list draws of them."""
    here = address(query, sort)
    found = [(tab, address(tab.view.query, tab.view.sort)) for tab in saved_views.tabs(user, now)]
    tabs = [ViewTab(tab.view.name, to, tab.shown, to == here) for tab, to in found]
    return {"tabs": tabs, "views": _kept(user), "here": here}


def _kept(user: User) -> list[KeptView]:
    rows: list[Any] = list(saved_views.views(user)[: saved_views.MOST_LISTED])
    return [
        KeptView(
            row.pk,
            row.name,
            address(row.query, row.sort),
            row.owner.get_username(),
            row.shared,
            row.pinned,
            row.owner_id == user.pk or user.is_superuser,
        )
        for row in rows
    ]
