"""`lab accuracy`: the command `diagnose` against every lab and seed, scored against the declared truth."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from workbench.lab.namespaces import LabError
from workbench.lab.plan import make_plan
from workbench.lab.running import ROOT, Up, running
from workbench.lab.score import Score, judge
from workbench.lab.topologies import lab_named

PATIENCE = 240.0


def measure(labs: Sequence[str], seeds: Sequence[int], jobs: int = 2, keep: Path | None = None) -> Iterator[Score]:
    """Every lab with every seed, so many at once; yields as they end."""
    pool = ThreadPoolExecutor(jobs)
    try:
        runs = [pool.submit(one, name, seed, keep) for seed in seeds for name in labs]
        for run in as_completed(runs):
            yield run.result()
    finally:
        pool.shutdown(cancel_futures=True)


def one(name: str, seed: int, keep: Path | None = None) -> Score:
    """Bring one lab up, diagnose its flow, compare."""
    plan = make_plan(lab_named(name), seed)
    try:
        with running(name, seed) as up:
            time.sleep(2.0)
            begun = time.monotonic()
            verdict, problem = diagnose(up)
            seconds = time.monotonic() - begun
    except LabError as trouble:
        return judge(plan, {}, 0.0, str(trouble))
    if keep is not None:
        (keep / f"{name}-{seed}.json").write_text(json.dumps(verdict, indent=1) + "\n")
    return judge(plan, verdict, seconds, problem)


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
    words = [
        sys.executable,
        str(ROOT / "manage.py"),
        "diagnose",
        str(up.flow),
        "--inventory",
        str(up.inventory),
        "--json",
    ]
    words += ["--record", str(record)] if record else []
    try:
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return {}, f"no verdict within {PATIENCE:.0f} s"
    try:
        return json.loads(done.stdout), ""
    except ValueError:
        return {}, done.stderr[-800:].strip() or f"ended with status {done.returncode}"
