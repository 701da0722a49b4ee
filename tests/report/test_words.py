"""What the page and the post-mortem say of a verdict never sounds surer than it is."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.report import words


def verdict_json(
    outcome: str, confidence: float, cause: str = "healthy_symmetric"
) -> dict[str, Any]:
    return {"verdict": outcome, "confidence": confidence, "root_cause": cause}


@pytest.mark.parametrize(
    ("verdict", "tone", "headline"),
    [
        (verdict_json("healthy", 0.97), "good", "The flow works"),
        (verdict_json("healthy", 0.6), "good", "Probably: the flow works"),
        (
            verdict_json("healthy", 0.5),
            "open",
            "Nothing wrong was seen at the only place that was watched",
        ),
        (verdict_json("inconclusive", 0.5), "open", "Not certain. Best guess: the flow works"),
        (verdict_json("broken", 0.9, "routing_loop"), "bad", "A routing loop"),
        (verdict_json("broken", 0.4, "routing_loop"), "open", "Perhaps: a routing loop"),
    ],
)
def test_tone_and_headline(verdict: dict[str, Any], tone: str, headline: str) -> None:
    assert (words.tone(verdict), words.headline(verdict)) == (tone, headline)


def test_what_one_place_saw_is_no_plain_cause_in_a_list() -> None:
    assert words.short_title(verdict_json("healthy", 0.5)) == words.SEEN_WELL
    assert words.short_title(verdict_json("healthy", 0.9)) == "The flow works"
