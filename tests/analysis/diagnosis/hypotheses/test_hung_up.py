"""The server closes a connection in a pause, and what the client says later is refused: no healthy
exchange.

[c1] -- (r1) -- [s1]: a handshake, a question and its answer, then silence.
"""

from __future__ import annotations

from tests.analysis.long_ways import Wire
from tests.analysis.spelling import judged
from workbench.analysis.case.findings import ConnState, Findings
from workbench.analysis.case.verdict import HEALTHY, Cause, Ranked

RTTS = (0.001, 0.15)


def answered(rtt: float) -> Wire:
    """A question and its answer, which the client acknowledges."""
    wire = Wire(rtt)
    now = wire.handshake(0.6)
    wire.send(now, "P.", 1001, 7001, payload=100)
    wire.reply(now + rtt, "P.", 7001, 1101, payload=200)
    wire.send(now + 2 * rtt, ".", 1101, 7201)
    return wire


def hung_up(rtt: float, *, later: float = 4.6, farewell: bool = False) -> Findings:
    """Two seconds later the server's FIN; the client speaks again at `later`."""
    wire = answered(rtt)
    wire.reply(2.6, "F.", 7201, 1101)
    wire.send(2.6 + rtt, ".", 1101, 7202)
    wire.send(later, "P.", 1101, 7202, payload=100)
    if farewell:
        wire.send(later + 0.0001, "F.", 1201, 7202)
    wire.reply(later + rtt / 2, "R", 7202)
    return wire.read((0.0, 8.0))


def best(found: Findings) -> Ranked:
    return judged(found).best


def test_a_client_that_speaks_after_the_servers_fin_is_refused() -> None:
    for rtt in RTTS:
        found = hung_up(rtt)
        (one,) = found.attempts
        assert one.end is ConnState.HUNG_UP and one.pause is not None and 1.5 < one.pause < 2.1
        ranked = best(found)
        assert (
            ranked.hypothesis.cause is Cause.UNKNOWN_BEYOND_VISIBILITY and ranked.confidence <= 0.75
        )
        assert (ranked.hypothesis.guilty_node, ranked.hypothesis.direction) == ("s1", "reverse")
        assert "closes idle connections after" in ranked.hypothesis.summary
        assert "idle timeout" in ranked.hypothesis.fixes[0].commands[0]


def healthy(found: Findings) -> bool:
    ranked = best(found)
    return ranked.hypothesis.cause in HEALTHY and ranked.confidence >= 0.9


def test_a_farewell_behind_the_servers_fin_is_the_end_of_a_connection() -> None:
    """TLS says goodbye after the other's FIN, and closes as well: the RST for that harms nobody."""
    for rtt in RTTS:
        assert healthy(hung_up(rtt, later=2.61 + rtt / 2))
        assert healthy(hung_up(rtt, later=4.6, farewell=True))


def test_data_that_crossed_the_fin_on_its_way_is_no_later_word() -> None:
    assert healthy(hung_up(0.15, later=2.62))


def test_a_close_by_both_and_a_client_that_resets_after_it_stay_healthy() -> None:
    for rtt in RTTS:
        for last in ("F.", "R."):
            wire = answered(rtt)
            wire.reply(2.6, "F.", 7201, 1101)
            wire.send(2.6 + rtt / 2, last, 1101, 7202)
            if last == "F.":
                wire.reply(2.6 + rtt, ".", 7202, 1102)
            assert healthy(wire.read((0.0, 8.0)))
