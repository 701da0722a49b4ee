"""`lab accuracy`: the command `diagnose` against every lab, seed and wire, scored against the
declared truth."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from workbench.lab.build.namespaces import LabError
from workbench.lab.build.running import Up, running
from workbench.lab.build.wires import Wan, stretched
from workbench.lab.declare.plan import LabPlan, make_plan
from workbench.lab.score.diagnosing import Overdue, run_diagnose
from workbench.lab.score.score import NO_WIRE, Score, change, judge
from workbench.lab.topologies import lab_named

PATIENCE = 240.0
# seconds in which the client's next attempts are awaited: one that fails takes several
AFTERWARDS = 12.0


@dataclass(frozen=True, slots=True)
class MeasuredRun:
    """One diagnosis to make: a lab, its seed, and the wire that is laid into it."""

    lab: str
    seed: int
    wan: Wan | None = None

    @property
    def key(self) -> tuple[str, int, str]:
        """What tells it from others, as a score has it."""
        return self.lab, self.seed, str(self.wan or NO_WIRE)


def every(
    labs: Sequence[str], seeds: Sequence[int], wans: Sequence[Wan | None]
) -> list[MeasuredRun]:
    """Every lab with every seed on every wire."""
    return [MeasuredRun(name, seed, wan) for wan, seed, name in product(wans, seeds, labs)]


def measure(
    runs: Sequence[MeasuredRun], jobs: int = 2, keep: Path | None = None
) -> Iterator[Score]:
    """Each of these, so many at once; yields as they end."""
    pool = ThreadPoolExecutor(jobs)
    try:
        for run in as_completed([pool.submit(one, run, keep) for run in runs]):
            yield run.result()
    finally:
        pool.shutdown(cancel_futures=True)


def one(run: MeasuredRun, keep: Path | None = None) -> Score:
    """Bring one lab up, diagnose its flow, compare; `keep` holds the verdicts, and recordings of
    the wrong ones."""
    plan = make_plan(stretched(lab_named(run.lab), run.wan), run.seed)
    with tempfile.TemporaryDirectory() as directory:
        recording = Path(directory, "recording") if keep else None
        verdict, problem, seconds, changed = _diagnosed(plan, run, recording)
        score = replace(judge(plan, verdict, seconds, problem), wan=run.key[2], changed=changed)
        if keep is not None and recording is not None and verdict:
            _keep(keep, score, verdict, recording)
    return score


def _diagnosed(
    plan: LabPlan, run: MeasuredRun, recording: Path | None
) -> tuple[dict[str, Any], str, float, str]:
    try:
        with running(run.lab, run.seed, run.wan) as up:
            time.sleep(2.0)
            began = time.time()
            verdict, problem = diagnose(up, recording)
            ended = time.time()
            changed = change(plan, _until_tried_again(up, ended), began, ended)
            return verdict, problem, ended - began, changed
    except LabError as trouble:
        return {}, str(trouble), 0.0, ""


def _until_tried_again(up: Up, ended: float) -> list[dict[str, Any]]:
    """What came of the client's attempts, two of them begun after the run; or as many as it made by
    then."""
    while (
        time.time() < ended + AFTERWARDS and sum(one["time"] >= ended for one in up.outcomes()) < 2
    ):
        time.sleep(0.3)
    return up.outcomes()


def _keep(place: Path, score: Score, verdict: dict[str, Any], recording: Path) -> None:
    name = "-".join(map(str, score.key)).removesuffix(f"-{NO_WIRE}")
    place.mkdir(parents=True, exist_ok=True)
    (place / f"{name}.json").write_text(json.dumps(verdict, indent=1) + "\n")
    if not score.all_right:
        shutil.copytree(recording, place / name, dirs_exist_ok=True)


def record(name: str, seed: int, directory: Path) -> Score:
    """Diagnose one lab and keep the recording if the verdict is right."""
    plan = make_plan(lab_named(name), seed)
    with running(name, seed) as up, tempfile.TemporaryDirectory() as trial:
        time.sleep(2.0)
        begun = time.monotonic()
        verdict, problem = diagnose(up, Path(trial))
        score = judge(plan, verdict, time.monotonic() - begun, problem)
        if score.all_right:
            shutil.copytree(trial, directory, dirs_exist_ok=True)
    return score


def diagnose(up: Up, record: Path | None = None) -> tuple[dict[str, Any], str]:
    """The verdict object of the command line, and what it complained of when there is none."""
    words = [str(up.flow), "--inventory", str(up.inventory), "--json"]
    words += ["--record", str(record)] if record else []
    with tempfile.TemporaryDirectory() as directory:
        said, complained = Path(directory, "said"), Path(directory, "complained")
        try:
            status = run_diagnose(words, said, complained, PATIENCE)
            return json.loads(said.read_text()), ""
        except Overdue as late:
            return {}, str(late)
        except ValueError:
            return {}, complained.read_text()[-800:].strip() or f"ended with status {status}"


def kept_scores(results: Path) -> list[Score]:
    """The runs that a file of results holds, a line for each; a last line that was broken off is
    left out."""
    found = {}
    for line in results.read_text().splitlines() if results.exists() else []:
        with contextlib.suppress(ValueError, TypeError):
            score = Score.from_dict(json.loads(line))
            found[score.key] = score
    return list(found.values())


def keep_score(results: Path, score: Score) -> None:
    """Add a run to a file of results; one without a verdict is tried again the next time."""
    if score.verdict["root_cause"] is not None:
        with results.open("a") as file:
            file.write(json.dumps(score.as_dict()) + "\n")
