"""Saved views as the interface takes and tells them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from workbench.api.answers import Paged
from workbench.api.fields import Fields
from workbench.incidents.models import SavedView

Sort = Literal["newest", "oldest", "state", "severity", "title"]


class NewView(Fields):
    """A search to keep."""

    name: str
    query: Annotated[str, Field(description="as `q` of the list of incidents")] = ""
    sort: Sort = "newest"
    shared: Annotated[bool, Field(description="seen by everybody")] = False


class ViewChange(Fields):
    """What to say of a view; null: it stays."""

    name: str | None = None
    query: str | None = None
    sort: Sort | None = None
    shared: bool | None = None
    pinned: Annotated[bool | None, Field(description="is it a tab of your list?")] = None


class ViewAnswer(TypedDict):
    """A saved view."""

    id: int
    name: str
    query: str
    sort: str
    shared: bool
    owner: str
    pinned: bool


class ViewsAnswer(Paged):
    """Saved views."""

    views: list[ViewAnswer]


def view(row: SavedView) -> ViewAnswer:
    """A saved view, as `incidents.saved_views` reads it."""
    return {
        "id": row.pk,
        "name": row.name,
        "query": row.query,
        "sort": row.sort,
        "shared": row.shared,
        "owner": row.owner.get_username(),
        "pinned": bool(getattr(row, "pinned", False)),
    }
