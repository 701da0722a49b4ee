"""Where a filter stops the message that a packet is too big, it is let pass again."""

from __future__ import annotations

import pytest

from workbench.analysis.device.filtering import FilterAction, FilterResult
from workbench.analysis.diagnosis.facts.sizes.size_messages import by_filter


@pytest.mark.parametrize("hook", ["input", "output", "forward"])
def test_the_hook_at_which_it_is_stopped(hook: str) -> None:
    found = by_filter("fw", FilterResult(FilterAction.DROP, hook))
    assert found is not None and (found.device, found.hook) == ("fw", hook)


@pytest.mark.parametrize("action", [FilterAction.ACCEPT, FilterAction.UNKNOWN])
def test_what_is_not_stopped_silences_nobody(action: FilterAction) -> None:
    assert by_filter("fw", FilterResult(action, "forward")) is None
