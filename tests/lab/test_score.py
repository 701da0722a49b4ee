"""Is a verdict compared with the truth as the contract says?"""

from __future__ import annotations

from typing import Any

from workbench.lab.page import page
from workbench.lab.plan import Plan, make_plan
from workbench.lab.score import Summary, expected, judge, truths
from workbench.lab.topologies import lab_named

PAIR = make_plan(lab_named("fw-pair-nosync"), 3)


def told(plan: Plan, confidence: float = 0.9, **changes: Any) -> dict[str, Any]:
    return expected(plan) | {"confidence": confidence, "timings": {"beyond_window": 3.0}} | changes


def test_truth_itself_is_all_right() -> None:
    score = judge(PAIR, told(PAIR), 10.0)
    assert score.all_right
    assert not score.sure_and_wrong
    assert score.beyond_window == 3.0


def test_names_are_those_of_the_seed() -> None:
    assert expected(PAIR)["guilty_node"] == PAIR.called["fw-b"] != "fw-b"


def test_wrong_cause_told_with_confidence_is_the_worst() -> None:
    score = judge(PAIR, told(PAIR, root_cause="acl_path"), 10.0)
    assert score.sure_and_wrong
    assert score.right == {
        "root_cause": False,
        "guilty_node": True,
        "direction": True,
        "forward_path": True,
        "reverse_path": True,
    }


def test_the_same_without_confidence_is_only_wrong() -> None:
    assert not judge(PAIR, told(PAIR, 0.4, root_cause="acl_path"), 10.0).sure_and_wrong


def test_where_chance_decides_between_two_nodes_either_is_right() -> None:
    plan = make_plan(lab_named("ecmp-socket-hash"), 2)
    one, other = truths(plan)
    assert one["guilty_node"] != other["guilty_node"] and one["forward_path"] != other["forward_path"]
    assert judge(plan, told(plan, **other), 9.0).all_right
    assert not judge(plan, told(plan, guilty_node=other["guilty_node"]), 9.0).all_right, "but not a mixture"


def test_no_verdict_is_wrong_everywhere_and_sure_of_nothing() -> None:
    score = judge(PAIR, {}, 0.0, "it did not come up")
    assert not any(score.right.values())
    assert not score.sure_and_wrong


def test_a_hop_without_login_may_be_called_by_its_address_or_a_question_mark() -> None:
    plan = make_plan(lab_named("unmanaged-healthy"), 1)
    by_address = [str(plan.address("fw")) if n == plan.called["fw"] else n for n in expected(plan)["forward_path"]]
    unknown = ["?" if n == plan.called["fw"] else n for n in expected(plan)["reverse_path"]]
    score = judge(plan, told(plan, forward_path=by_address, reverse_path=unknown), 9.0)
    assert score.all_right


def test_a_suspect_without_login_may_be_called_by_its_address_or_a_question_mark() -> None:
    plan = make_plan(lab_named("unmanaged-drop"), 1)
    named = {name: judge(plan, told(plan, 0.7, guilty_node=name), 9.0) for name in (str(plan.address("fw")), "?", None)}
    assert [score.all_right for score in named.values()] == [True, True, False]


def test_a_shorter_path_is_wrong() -> None:
    assert not judge(PAIR, told(PAIR, forward_path=expected(PAIR)["forward_path"][:-1]), 9.0).right["forward_path"]


def test_summary_counts_fields_confusion_and_calibration() -> None:
    good = judge(PAIR, told(PAIR, 0.95), 10.0)
    bad = judge(PAIR, told(PAIR, 0.95, root_cause="acl_path"), 20.0)
    summary = Summary.of([good, bad])
    assert summary.fields["root_cause"] == 0.5
    assert summary.fields["all_five"] == 0.5
    assert summary.confusion[("asym_stateful_fw", "acl_path")] == 1
    assert ("0.90-0.97", 2, 0.5) in summary.calibration()
    assert summary.as_dict()["sure_and_wrong"] == ["fw-pair-nosync/3"]
    assert any("sure and wrong: fw-pair-nosync/3" in line for line in summary.lines())


def test_the_page_tells_what_was_measured_and_what_was_wrong() -> None:
    right, wrong = judge(PAIR, told(PAIR), 10.0), judge(PAIR, told(PAIR, root_cause="acl_path"), 10.0)
    text = page(Summary.of([right, wrong]), "./bothways lab accuracy --seeds 1")
    assert "1 networks, seeds 3: 2 runs" in text and "| root cause | 50.0 % |" in text
    assert "**`fw-pair-nosync` (seed 3)**" in text
    assert "| `asym_stateful_fw` | `acl_path` | 1 |" in text
    assert "root cause 'acl_path' in place of 'asym_stateful_fw'" in text
    assert "Every field of every run was right." in page(Summary.of([right]), "")
