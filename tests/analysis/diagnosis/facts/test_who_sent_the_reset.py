"""Who sent the RST: the machine that answered the SYN, or a box on the way?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from collectors.model.records import Packet
from tests.analysis.diagnosis.hypotheses.test_unanswered import back, there
from tests.analysis.handshake import ACK, SYN, SYN_ACK
from tests.analysis.watched import Watched
from workbench.analysis.case.findings import Use
from workbench.analysis.diagnosis.facts.ends.other_resets import other_reset
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of


def sentence_about(ttl: int | None) -> str | None:
    """[c1] saw a SYN-ACK with TTL 52, and then, on its first data, a RST with that one."""
    packets = (
        there(1.0, 1000, 0, "S", 0),
        replace(back(1.1, 7000, 1001, "S.", 0), ttl=52),
        there(1.2, 1001, 7001, ".", 0),
        there(1.3, 1001, 7001),
        replace(back(1.4, 7001, 1101, "R.", 0), ttl=ttl),
    )
    found = other_reset(context_of(Watched(packets, places="c1").found()))
    return found.text if found is not None else None


@pytest.mark.parametrize("ttl", [61, 254, 40])
def test_another_distance_is_another_sender(ttl: int) -> None:
    assert f"with TTL {ttl}, and the SYN-ACK with 52" in (sentence_about(ttl) or "")


@pytest.mark.parametrize("ttl", [52, 51, 54, None])
def test_the_same_distance_tells_nothing(ttl: int | None) -> None:
    assert sentence_about(ttl) is None


def test_a_question_that_waits_at_the_end_is_no_connection_without_data() -> None:
    asked: tuple[Packet, ...] = (
        SYN,
        SYN_ACK,
        ACK,
        replace(ACK, flags="P.", payload=78, time=ACK.time + 0.01),
    )
    assert [one.use for one in Watched(asked, places="c1").found().attempts] == [Use.ASKED]
