"""Saved views of the list of incidents."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query, Router, Status

from workbench.api import asking
from workbench.api.asking import person
from workbench.api.fields import Paging
from workbench.api.saved_views import NewView, ViewAnswer, ViewChange, ViewsAnswer, view
from workbench.incidents import actions, saved_views
from workbench.incidents.models import SavedView

router = Router(tags=["incidents"])


@router.get("/views", response=ViewsAnswer, url_name="views")
def list_views(request: HttpRequest, wanted: Query[Paging]) -> ViewsAnswer:
    """Your views and those that are shared, by name."""
    found = asking.page(saved_views.views(person(request)), ("name", "pk"), wanted.cursor)
    return {"views": [view(row) for row in found.rows], "next": found.next}


@router.post("/views", response={201: ViewAnswer}, url_name="save-view")
def save_view(request: HttpRequest, new: NewView) -> Status[ViewAnswer]:
    """Keep a search under a name."""
    said = actions.ViewFields(new.name, new.query, new.sort, new.shared)
    return Status(201, view(_again(request, actions.save_view(person(request), said).pk)))


@router.patch("/views/{int:number}", response=ViewAnswer, url_name="view")
def change_view(request: HttpRequest, number: int, to: ViewChange) -> ViewAnswer:
    """Change what is named; `pinned` is of you alone."""
    kept, said = _again(request, number), to.model_dump(exclude={"pinned"}, exclude_none=True)
    if said:
        actions.change_view(person(request), kept, actions.ViewFields(**said))
    if to.pinned is not None:
        actions.pin_view(person(request), kept, to.pinned)
    return view(_again(request, number))


@router.delete("/views/{int:number}", response=ViewAnswer, url_name="view")
def remove_view(request: HttpRequest, number: int) -> ViewAnswer:
    """Remove a view; the answer says which it was."""
    kept = _again(request, number)
    was = view(kept)
    actions.remove_view(person(request), kept)
    return was


def _again(request: HttpRequest, number: int) -> SavedView:
    kept = saved_views.view(person(request), number)
    if kept is None:
        raise asking.NotFound("there is no such view")
    return kept
