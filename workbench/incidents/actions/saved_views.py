"""Keeping a search under a name, sharing it, and taking it away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone

from workbench.incidents import roles
from workbench.incidents.actions.common import ActionRefused, needs_respond, one_line
from workbench.incidents.models import SavedView
from workbench.incidents.search.asked import asked
from workbench.incidents.search.find import SORTS
from workbench.incidents.search.query_text import plain

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_OF_ONE_PERSON = 50


@dataclass(frozen=True, slots=True)
class ViewFields:
    """What to say of a view; None: it stays."""

    name: str | None = None
    query: str | None = None
    sort: str | None = None
    shared: bool | None = None


def save_view(by: User, fields: ViewFields) -> SavedView:
    """Keep a search; it becomes a tab of whoever keeps it."""
    if not by.has_perm(roles.VIEW):
        raise roles.NotAllowed("this needs the role viewer")
    if SavedView.objects.filter(owner=by).count() >= MOST_OF_ONE_PERSON:
        raise ActionRefused(f"you have {MOST_OF_ONE_PERSON} views; remove one first")
    kept = SavedView(owner=by, made_at=timezone.now())
    _write(by, kept, ViewFields(fields.name or "", fields.query, fields.sort, fields.shared))
    kept.pinned_by.add(by)
    return kept


def change_view(by: User, kept: SavedView, fields: ViewFields) -> SavedView:
    """Rename a view, or change what it finds or who sees it; an unpinned tab stays unpinned."""
    _needs_owner(by, kept)
    _write(by, kept, fields)
    if not kept.shared:  # of others it is a tab no longer
        kept.pinned_by.remove(*kept.pinned_by.exclude(pk=kept.owner_id))
    return kept


def remove_view(by: User, kept: SavedView) -> None:
    """Take a view away, for everybody."""
    _needs_owner(by, kept)
    kept.delete()


def pin_view(by: User, kept: SavedView, pinned: bool) -> None:
    """Make a view a tab of this person's list, or no longer."""
    if not by.has_perm(roles.VIEW) or not (kept.shared or kept.owner_id == by.pk):
        raise roles.NotAllowed("this view is not yours")
    (kept.pinned_by.add if pinned else kept.pinned_by.remove)(by)


def _needs_owner(by: User, kept: SavedView) -> None:
    if kept.owner_id != by.pk and not (by.is_superuser and kept.shared):
        raise roles.NotAllowed("only who made a view changes it")


def _write(by: User, kept: SavedView, fields: ViewFields) -> None:
    if fields.name is not None:
        kept.name = _name(fields.name)
    if fields.query is not None:
        kept.query = _query(fields.query)
    if fields.sort is not None:
        kept.sort = _sort(fields.sort)
    if fields.shared is not None:
        if fields.shared and not kept.shared:
            needs_respond(by, None)  # what everybody sees
        kept.shared = fields.shared
    try:
        with transaction.atomic():
            kept.save()
    except IntegrityError:
        raise ActionRefused(f"there is a view {kept.name!r} already") from None


def _name(text: str) -> str:
    name = one_line(text)[:60].strip()
    if not name:
        raise ActionRefused("a view needs a name")
    return name


def _query(text: str) -> str:
    query = plain(text).strip()
    problems = asked(query, timezone.now()).problems
    if problems:
        raise ActionRefused("; ".join(problems))
    return query


def _sort(text: str) -> str:
    if text not in SORTS:
        raise ActionRefused(f"an order is {', '.join(SORTS)}")
    return text
