"""What makes two stories of one verdict."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.analysis.diagnosis.ranking.consistency import contradictions


def verdict_json(**other: Any) -> dict[str, Any]:
    """A verdict object that tells one story, changed as a test wants it."""
    whole = {
        "root_cause": "acl_path",
        "verdict": "broken",
        "summary": "r1 drops the client's SYN: a stateless rule",
        "guilty_node": "r1",
        "direction": "forward",
        "decided_by": None,
        "drop": {
            "node": "r1",
            "interface": "eth0",
            "packet": "SYN",
            "where": "3 SYN packets came in on eth0",
            "last_seen": "coming-in",
        },
        "forward_path": ["client", "r1", "server"],
        "reverse_path": ["server", "r1", "client"],
        "divergent": False,
        "confidence": 0.97,
        "reasons": [{"weight": 3.0, "text": "seen", "evidence": []}],
        "alternatives": [{"root_cause": "host_down", "guilty_node": "server"}],
        "also": [],
        "fixes": [{"class": "fix_acl", "device": "r1"}],
    }
    return {**whole, **other}


def test_one_story() -> None:
    assert contradictions(verdict_json()) == ()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"verdict": "healthy"}, "the flow works, and yet there is a guilty node"),
        (
            {"summary": "r1 drops the server's SYN-ACK"},
            "the sentence is about SYN-ACK, the drop about SYN",
        ),
        (
            {"also": [{"root_cause": "acl_path", "guilty_node": "r1"}]},
            "acl_path is the cause, and also found",
        ),
        (
            {"also": [{"root_cause": "host_down", "guilty_node": "server"}]},
            "host_down is also found, and an alternative",
        ),
        (
            {"fixes": [{"class": "fix_acl", "device": "r9"}]},
            "r9 is to be changed, and plays no part",
        ),
        ({"decided_by": "r9"}, "r9 decides, and nothing says how"),
        (
            {"reasons": [{"weight": -6, "text": "the flow works: seen"}]},
            "the flow is broken, and yet: the flow works: seen",
        ),
        (
            {
                "summary": "r1 drops the SYN (forward chain: udp dport 4789 drop)",
                "fixes": [
                    {
                        "class": "fix_acl",
                        "device": "r1",
                        "commands": ["nft insert rule x tcp sport 443 accept"],
                    }
                ],
            },
            "the rule is about udp, the fix about tcp",
        ),
        (
            {"reasons": [{"weight": 1, "text": "x"}, {"weight": -1, "text": "x"}]},
            "'x' speaks for and against",
        ),
    ],
)
def test_two_stories(changed: dict[str, Any], said: str) -> None:
    assert said in contradictions(verdict_json(**changed))


def test_the_drop_counts_the_packets_that_it_is_of() -> None:
    drop = {
        "node": "r1",
        "interface": None,
        "packet": "SYN-ACK",
        "where": "6 ACK packets came in on eth0",
        "last_seen": "coming-in",
    }
    assert "the drop is of a SYN-ACK, its words are of ACK packets" in contradictions(
        verdict_json(drop=drop, summary="lost")
    )


@pytest.mark.parametrize(("seen", "said"), [("coming-in", 1), ("arrived", 0)])
def test_a_packet_that_was_not_answered_need_not_be_the_one_of_the_sentence(
    seen: str, said: int
) -> None:
    """The server gets the SYN, and drops its own SYN-ACK: both are right."""
    drop = verdict_json()["drop"] | {"last_seen": seen}
    assert len(contradictions(verdict_json(drop=drop, summary="r1 drops the SYN-ACK"))) == said


def test_a_healthy_flow_whose_cause_and_paths_disagree() -> None:
    nobody = dict.fromkeys(("guilty_node", "direction", "drop"))
    well = verdict_json(root_cause="healthy_asymmetric", verdict="healthy", fixes=[], **nobody)
    assert contradictions(well) == ("the ways differ by the cause, and are the same by the paths",)
