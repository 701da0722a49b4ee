"""Corpora that lie beside the project, in `../shared`: a clone without them leaves their cases out,
and says so."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

SHARED = Path(__file__).resolve().parents[2] / "shared"
_MISSING = pytest.mark.skip(reason="the corpora are not beside this checkout")


def cases(found: Iterable[object], values: int = 1) -> list[object | ParameterSet]:
    """What was found, one case each of so many values; one case that is skipped, where nothing
    was."""
    return list(found) or [pytest.param(*[None] * values, marks=_MISSING, id="not-there")]
