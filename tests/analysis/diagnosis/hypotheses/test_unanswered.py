"""A service that takes connections and questions, and never answers: the network is well, and the
flow is not."""

from __future__ import annotations

from tests.analysis.watched import ASKED, CLOSED, Watched, back, judged, there
from workbench.analysis.case.findings import ConnState
from workbench.analysis.case.verdict import Cause, Outcome
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.window import undecided

IN_VAIN = (*ASKED, there(9.0, 1101, 7001, "R.", 0))


def test_a_question_that_is_acknowledged_and_never_answered() -> None:
    """The application hangs: the network carries both directions, and the client gives up by a
    RST."""
    verdict = judged(*IN_VAIN)
    best = verdict.best.hypothesis
    assert (best.cause, best.guilty_node) == (Cause.UNKNOWN_BEYOND_VISIBILITY, "s1")
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "sends no answer until the client gives up" in best.summary
    assert "the log of the application" in (best.would_settle or "")


ASKS_ANEW = (
    there(10.0, 5000, 0, "S", 0),
    back(10.1, 9000, 5001, "S.", 0),
    there(10.2, 5001, 9001, ".", 0),
    there(10.3, 5001, 9001),
    back(10.4, 9001, 5101, ".", 0),
)


def test_the_next_question_of_a_client_that_gave_up_may_still_wait() -> None:
    best = judged(*IN_VAIN, *ASKS_ANEW).best.hypothesis
    assert (best.cause, best.guilty_node) == (Cause.UNKNOWN_BEYOND_VISIBILITY, "s1")


def test_an_application_that_answers_the_next_question_is_not_dead() -> None:
    best = judged(
        *IN_VAIN, *ASKS_ANEW, back(10.8, 9001, 5101), there(10.9, 5101, 9101, ".", 0)
    ).best.hypothesis
    assert best.guilty_node is None


def test_a_question_that_waits_is_watched_on() -> None:
    waiting, answered = Watched(ASKED).found(), Watched(CLOSED).found()
    assert undecided(waiting, judge(waiting))
    assert not undecided(answered, judge(answered))


def test_who_leaves_a_question_unanswered_is_not_known_from_the_client_alone() -> None:
    verdict = judged(*IN_VAIN, places="c1")
    best = verdict.best.hypothesis
    assert (best.cause, best.guilty_node) == (Cause.UNKNOWN_BEYOND_VISIBILITY, None)


def test_a_client_that_resets_at_once_has_not_waited_in_vain() -> None:
    assert Watched((*ASKED, there(1.5, 1101, 7001, "R.", 0))).ends() == [ConnState.OPEN]
