"""nft's own text as the objects that `nft -j` would give. Filled in below by the grammar of its statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from collectors.model.platform import Reading
from collectors.platforms.reading import lines_of


def read(text: str, ruleset: Callable[[list[Any]], Reading]) -> Reading:
    """The text of a ruleset, a table or a chain."""
    return Reading(unread=tuple(lines_of(text)))
