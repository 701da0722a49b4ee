"""The contract of `./bothways bench --json`, and a peer's output that is wrong."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from workbench.bench import benches
from workbench.bench.benches import BENCHES, Bench
from workbench.bench.farm import Farm, NoFarm
from workbench.bench.figures import Figure, as_json, as_row
from workbench.bench.management.commands import bench
from workbench.bench.peers import Task, Wrong, _ansible_outputs

GOOD = Figure("a.of_peer", 0.5, "times", 1.4, 2.0)
BAD = Figure("a.of_other", 1.5, "times", 1.4, 2.0)


def run(monkeypatch: pytest.MonkeyPatch, figures: list[Figure], *words: str) -> tuple[int, str]:
    """Exit status and stdout with one benchmark of these figures."""
    out = StringIO()
    only = Bench("a", "A trial", lambda tell: iter(figures))
    monkeypatch.setattr(bench, "BENCHES", (only,))
    monkeypatch.setattr(bench, "bench_named", lambda name: only if name == "a" else None)
    with pytest.raises(SystemExit) as ended:
        call_command(bench.Command(), *words, stdout=out, stderr=StringIO())
    return int(ended.value.code or 0), out.getvalue()


def test_a_ceiling_and_a_floor() -> None:
    assert (GOOD.ok, BAD.ok, Figure("x", 1, "s").ok) == (True, False, None)
    assert Figure("x", 5, "times", 4, at_least=True).ok is True


def test_the_object_has_the_fixed_fields() -> None:
    fields = json.loads(as_json([GOOD]))["a.of_peer"]
    assert fields == {"value": 0.5, "unit": "times", "bar": 1.4, "ok": True, "baseline": 2.0}


def test_a_row_says_what_was_missed() -> None:
    assert "MISSED" in as_row(BAD) and "against 2.000" in as_row(BAD)


def test_json_alone_goes_to_stdout(monkeypatch: pytest.MonkeyPatch) -> None:
    status, out = run(monkeypatch, [GOOD], "--json")
    assert (status, list(json.loads(out))) == (0, ["a.of_peer"])


def test_a_missed_bar_is_status_1(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, [GOOD, BAD])[0] == 1


def test_an_unknown_name_is_status_64(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, [], "b")[0] == 64


def test_names_are_unique() -> None:
    assert len({one.name for one in BENCHES}) == len(BENCHES)
    assert benches.bench_named("collection") is not None


def test_what_cannot_be_measured_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(tell: object) -> object:
        raise NoFarm("sshd is not installed")

    only = Bench("a", "A trial", refuse)  # type: ignore[arg-type]
    monkeypatch.setattr(bench, "BENCHES", (only,))
    err = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command(bench.Command(), stdout=StringIO(), stderr=err)
    assert ended.value.code == 69
    assert "a could not be measured: sshd is not installed" in err.getvalue()


def task(farm: Farm) -> Task:
    return Task(farm, [1, 2], ("one", "two"), ("alpha", "beta"))


@pytest.mark.parametrize(
    "outputs",
    [[["alpha", "beta"]], [["alpha", "beta"], ["alpha"]], [["alpha", "beta"], ["alpha", "alpha"]]],
    ids=["a device is missing", "a command is missing", "an output is wrong"],
)
def test_a_wrong_output_counts_for_nothing(outputs: list[list[str]]) -> None:
    with pytest.raises(Wrong):
        task(Farm(2)).check(outputs)


def test_outputs_of_ansible_belong_to_their_device() -> None:
    text = "\n".join(
        f"d{port} | CHANGED | rc=0 >>\n{word}\n" for word in ("alpha", "beta") for port in (2, 1)
    )
    found = _ansible_outputs(text, task(Farm(2)))
    assert [[said.strip() for said in device] for device in found] == [["alpha", "beta"]] * 2


def test_the_distance_between_us_and_a_device_is_there(tmp_path: Path) -> None:
    from collectors.model.evidence import Query, Question, Status
    from collectors.session import SshDriver

    with Farm(1) as farm:
        inventory = farm.inventory(farm.far(0.05))
        driver = SshDriver(inventory)
        [found] = driver.ask([Query(inventory.devices[0].name, Question.IDENTITY)])
        driver.close()
    assert found.status is Status.ANSWERED
    assert found.clock_uncertainty >= 0.05
