"""Is a verdict compared with the truth as the contract says?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench.lab.build.wires import Wan
from workbench.lab.declare.plan import LabPlan, make_plan
from workbench.lab.score.accuracy import every, keep_score, kept_scores
from workbench.lab.score.page import BEGIN, END, page, written
from workbench.lab.score.score import Band, Score, Summary, change, expected, judge, truths
from workbench.lab.topologies import lab_named

PAIR = make_plan(lab_named("fw-pair-nosync"), 3)


def verdict_json(plan: LabPlan, confidence: float = 0.9, **changes: Any) -> dict[str, Any]:
    return expected(plan) | {"confidence": confidence, "timings": {"beyond_window": 3.0}} | changes


def test_truth_itself_is_all_right() -> None:
    score = judge(PAIR, verdict_json(PAIR), 10.0)
    assert score.all_right
    assert not score.sure_and_wrong
    assert score.beyond_window == 3.0


def test_names_are_those_of_the_seed() -> None:
    assert expected(PAIR)["guilty_node"] == PAIR.called["fw-b"] != "fw-b"


def test_wrong_cause_told_with_confidence_is_the_worst() -> None:
    score = judge(PAIR, verdict_json(PAIR, root_cause="acl_path"), 10.0)
    assert score.sure_and_wrong
    assert score.right == {
        "root_cause": False,
        "guilty_node": True,
        "direction": True,
        "forward_path": True,
        "reverse_path": True,
    }


def test_the_same_without_confidence_is_only_wrong() -> None:
    assert not judge(PAIR, verdict_json(PAIR, 0.4, root_cause="acl_path"), 10.0).sure_and_wrong


def test_where_chance_decides_between_two_nodes_either_is_right() -> None:
    plan = make_plan(lab_named("ecmp-socket-hash"), 2)
    one, other = truths(plan)
    assert (
        one["guilty_node"] != other["guilty_node"] and one["forward_path"] != other["forward_path"]
    )
    assert judge(plan, verdict_json(plan, **other), 9.0).all_right
    assert not judge(plan, verdict_json(plan, guilty_node=other["guilty_node"]), 9.0).all_right, (
        "but not a mixture"
    )


def attempts(*oks: bool) -> list[dict[str, Any]]:
    """One attempt a second."""
    return [{"time": float(at), "ok": ok} for at, ok in enumerate(oks)]


def test_a_run_that_heals_or_breaks_what_it_came_to_see_is_counted() -> None:
    assert change(PAIR, attempts(False, True, True), 1.0, 1.0) == "healed"
    assert change(PAIR, attempts(True, False, False), 1.0, 1.0) == "broken"
    assert change(PAIR, attempts(False, True, False, True), 1.0, 3.0) == "healed", (
        "what was tried meanwhile is none of both"
    )
    assert change(PAIR, attempts(True, False, False), 2.0, 2.0) == "", "it was so before"
    assert change(PAIR, attempts(False, False, True), 1.0, 1.0) == "", "one of each"
    assert change(PAIR, attempts(True, True), 2.0, 2.0) == change(PAIR, [], 2.0, 2.0) == "", (
        "nothing tried afterwards"
    )
    seldom = make_plan(lab_named("policer-udp"), 3)
    assert change(seldom, attempts(False, True, True), 1.0, 1.0) == "", (
        "a fault that comes and goes"
    )
    assert "`fw-pair-nosync` (seed 3): healed" in page(
        Summary.of([replace(judge(PAIR, {}, 1.0), changed="healed")]), ""
    )


def test_no_verdict_is_wrong_everywhere_and_sure_of_nothing() -> None:
    score = judge(PAIR, {}, 0.0, "it did not come up")
    assert score.right and not any(score.right.values())
    assert not score.sure_and_wrong


def test_a_hop_without_login_may_be_called_by_its_address_or_a_question_mark() -> None:
    plan = make_plan(lab_named("unmanaged-healthy"), 1)
    by_address = [
        str(plan.address("fw")) if n == plan.called["fw"] else n
        for n in expected(plan)["forward_path"]
    ]
    unknown = ["?" if n == plan.called["fw"] else n for n in expected(plan)["reverse_path"]]
    score = judge(plan, verdict_json(plan, forward_path=by_address, reverse_path=unknown), 9.0)
    assert score.all_right


def test_a_suspect_without_login_may_be_called_by_its_address_or_a_question_mark() -> None:
    plan = make_plan(lab_named("unmanaged-drop"), 1)
    named = {
        name: judge(plan, verdict_json(plan, 0.7, guilty_node=name), 9.0)
        for name in (str(plan.address("fw")), "?", None)
    }
    assert [score.all_right for score in named.values()] == [True, True, False]


def test_a_shorter_path_is_wrong() -> None:
    assert not judge(
        PAIR, verdict_json(PAIR, forward_path=expected(PAIR)["forward_path"][:-1]), 9.0
    ).right["forward_path"]


def test_summary_counts_fields_confusion_and_calibration() -> None:
    good = judge(PAIR, verdict_json(PAIR, 0.95), 10.0)
    bad = judge(PAIR, verdict_json(PAIR, 0.95, root_cause="acl_path"), 20.0)
    summary = Summary.of([good, bad])
    assert summary.fields["root_cause"] == 0.5
    assert summary.fields["all_five"] == 0.5
    assert summary.confusion[("asym_stateful_fw", "acl_path")] == 1
    assert Band("0.95-1.00", 2, 0.95, 0.5) in summary.calibration()
    assert summary.as_dict()["sure_and_wrong"] == ["fw-pair-nosync/3"]
    assert any("sure and wrong: fw-pair-nosync/3" in line for line in summary.lines())


def test_the_page_tells_what_was_measured_and_what_was_wrong() -> None:
    right, wrong = (
        judge(PAIR, verdict_json(PAIR), 10.0),
        judge(PAIR, verdict_json(PAIR, root_cause="acl_path"), 10.0),
    )
    text = page(Summary.of([right, wrong]), "./bothways lab accuracy --seeds 1")
    assert "1 networks, seeds 3: 2 runs" in text
    assert "| no delay | 2 | 50.0 % | 100.0 % | 100.0 % | 100.0 % | 100.0 % | 50.0 % | 1 |" in text
    assert "| 0.90-0.95 | 2 | 90.0 % | 50.0 % |" in text
    assert "**`fw-pair-nosync` (seed 3)**" in text
    assert "| `asym_stateful_fw` | `acl_path` | 1 |" in text
    assert "root cause 'acl_path' in place of 'asym_stateful_fw'" in text
    assert "Every field of every run was right." in page(Summary.of([right]), "")


def test_a_verdict_that_tells_two_stories_is_counted() -> None:
    """A flow that works has no guilty device. A verdict that was not looked at is not counted as
    one story."""
    whole = {
        "verdict": "healthy",
        "summary": "",
        "drop": None,
        "decided_by": None,
        "divergent": True,
    }
    whole |= {"reasons": [], "alternatives": [], "also": [], "fixes": []}
    two = judge(PAIR, verdict_json(PAIR, 0.9, **whole), 10.0)
    summary = Summary.of([two, judge(PAIR, verdict_json(PAIR), 10.0)])
    assert two.contradictions and Score.from_dict(two.as_dict()) == two
    assert summary.as_dict()["contradictory"] == {"fw-pair-nosync/3": two.contradictions}
    assert any(
        line.startswith("verdicts that contradict themselves, of 1: fw-pair")
        for line in summary.lines()
    )
    assert (
        "Verdicts that contradict themselves, of 1: **`fw-pair-nosync` (seed 3): the flow works"
        in page(summary, "")
    )


def test_the_page_has_a_row_for_each_wire_and_one_for_all() -> None:
    near = judge(PAIR, verdict_json(PAIR), 10.0)
    far = replace(judge(PAIR, verdict_json(PAIR, root_cause="acl_path"), 10.0), wan="150,0,0.5")
    text = page(Summary.of([near, far]), "")
    assert "| no delay | 1 | 100.0 % |" in text and "| all | 2 | 50.0 % |" in text
    assert "| 150 ms, 0.5 % loss | 1 | 0.0 % |" in text
    assert "**`fw-pair-nosync` (seed 3, 150 ms, 0.5 % loss)**" in text


def test_the_tables_are_written_between_the_marks_of_the_page() -> None:
    assert (
        written(f"# Title\n{BEGIN}\nold\n{END}\nrest\n", "new\n")
        == f"# Title\n{BEGIN}\nnew\n{END}\nrest\n"
    )
    assert written("", "new\n") == "new\n", "a page without marks is only the tables"


def test_runs_that_a_file_of_results_holds_are_known_again(tmp_path: Path) -> None:
    """A line that was broken off is left out, and a run without a verdict is tried again."""
    results = tmp_path / "results.jsonl"
    score = replace(judge(PAIR, verdict_json(PAIR), 10.0), wan="60")
    keep_score(results, score)
    keep_score(results, judge(PAIR, {}, 0.0, "it did not come up"))
    with results.open("a") as file:
        file.write('{"lab": "fw-pa')
    assert kept_scores(results) == [score]
    assert Score.from_dict(score.as_dict()) == score
    todo = [
        run for run in every(["fw-pair-nosync"], [3, 4], [None, Wan(60)]) if run.key != score.key
    ]
    assert [run.key[1:] for run in todo] == [(3, "0"), (4, "0"), (4, "60")]
