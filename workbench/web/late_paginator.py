"""Pages of a long list whose rows need others: what is skipped costs no join."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator


class LatePaginator(Paginator):  # type: ignore[type-arg]
    """Finds the keys of a page's rows first, and then only those rows with what belongs to them."""

    def page(self, number: int | str) -> Page[Any]:
        """One page. Raises InvalidPage."""
        wanted = self.validate_number(number)
        first = (wanted - 1) * self.per_page
        rows: Any = self.object_list
        keys = list(rows.values_list("pk", flat=True)[first : first + self.per_page])
        return Page(list(rows.filter(pk__in=keys)), wanted, self)
