"""Action items as the pages show them."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from workbench.incidents.models import ActionItem


def with_lateness(found: Iterable[ActionItem]) -> list[ActionItem]:
    """The same items; each says as `late` whether it is open after its date."""
    today, items = timezone.now().date(), list(found)
    for item in items:
        over = item.due is not None and item.due < today
        item.late = over and item.state == ActionItem.State.OPEN  # type: ignore[attr-defined]
    return items
