"""`lab list|up|down|status|check|exec|record|accuracy`: the test network."""

from __future__ import annotations

import fnmatch
import json
import random
from argparse import ArgumentParser, ArgumentTypeError
from itertools import chain
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from workbench.lab.build.namespaces import LabError, check_privileges, run_inside
from workbench.lab.build.running import Up, chosen, instances, start, stop
from workbench.lab.build.wires import Wan
from workbench.lab.declare.random_networks import PREFIX
from workbench.lab.prove.check import FaultCheck, check
from workbench.lab.score.accuracy import every, keep_score, kept_scores, measure, record
from workbench.lab.score.page import page, written
from workbench.lab.score.score import NO_WIRE, Score, Summary
from workbench.lab.topologies import LABS, lab_named

WAN, LONG = (
    "MS[,JITTER[,LOSS]]",
    "a long wire on the flow's way: round trip, jitter in ms, loss in percent",
)


class Command(BaseCommand):
    """A small real network in kernel namespaces, with faults, to try and test against."""

    help = __doc__ or ""
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The verbs and their words."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="the labs there are").add_argument(
            "--json", action="store_true"
        )
        up = verbs.add_parser("up", help="bring a lab up and leave it running")
        up.add_argument("name")
        up.add_argument("--seed", type=int, default=0)
        up.add_argument("--wan", type=wire, metavar=WAN, help=LONG)
        up.add_argument("--quiet", action="store_true", help="print the path of the inventory only")
        down = verbs.add_parser("down", help="take a lab down and remove all it made")
        down.add_argument("name", nargs="?", help="its name or id")
        down.add_argument("--all", action="store_true")
        verbs.add_parser("status", help="the labs that run").add_argument(
            "--json", action="store_true"
        )
        proof = verbs.add_parser(
            "check", help="prove from the kernel that a lab's fault is as declared"
        )
        proof.add_argument("name", nargs="*", help="labs; none = all")
        proof.add_argument("--seed", type=int, default=0)
        proof.add_argument("--wan", type=wire, metavar=WAN, help=LONG)
        exact = verbs.add_parser(
            "accuracy", help="diagnose every lab with several seeds and compare with the truth"
        )
        exact.add_argument("--seeds", type=int, default=1, help="seeds 0 to N-1")
        exact.add_argument("--first-seed", type=int, default=0)
        exact.add_argument(
            "--labs", default="", help="names or patterns, with commas between them; none = all"
        )
        exact.add_argument(
            "--sample",
            type=int,
            default=0,
            metavar="N",
            help="only N of them, drawn by the first seed",
        )
        exact.add_argument(
            "--wan", action="append", type=wire, metavar=WAN, help=f"{LONG}; may be given again"
        )
        exact.add_argument(
            "--random",
            type=int,
            default=0,
            metavar="N",
            help="in their place, N networks by chance",
        )
        exact.add_argument("--jobs", type=int, default=2, help="labs at once")
        exact.add_argument(
            "--keep",
            type=Path,
            help="directory for the verdicts, and for recordings of the wrong ones",
        )
        exact.add_argument(
            "--results", type=Path, help="file to add each run to; what it holds is not repeated"
        )
        exact.add_argument(
            "--page", type=Path, help="write the tables as Markdown, as docs/accuracy.md has them"
        )
        exact.add_argument("--json", action="store_true")
        keep = verbs.add_parser(
            "record", help="diagnose a lab and keep all that was answered, to play it elsewhere"
        )
        keep.add_argument("name")
        keep.add_argument("directory", type=Path, help="the recording goes into DIRECTORY/NAME")
        keep.add_argument("--seed", type=int, default=0)
        inside = verbs.add_parser("exec", help="run shell text inside a node")
        for word in ("name", "node", "command"):
            inside.add_argument(word)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do one verb; a problem is one sentence."""
        try:
            getattr(self, "do_" + options["verb"])(options)
        except (LabError, LookupError) as problem:
            raise CommandError(str(problem)) from None

    def do_list(self, options: dict[str, Any]) -> None:
        """Name, cause and title of each."""
        if options["json"]:
            rows = [
                {"name": lab.name, "title": lab.title, "root_cause": lab.truth.cause.value}
                for lab in LABS
            ]
            self.stdout.write(json.dumps(rows, indent=1))
            return
        for lab in LABS:
            self.stdout.write(f"{lab.name:24} {lab.truth.cause.value:26} {lab.title}")
        self.stdout.write(
            f"{PREFIX + 'N':24} {'(any)':26} The Nth of the networks by chance: {PREFIX}1,"
            f" {PREFIX}2 ..."
        )

    def do_up(self, options: dict[str, Any]) -> None:
        """Bring it up and print where everything is."""
        up = start(options["name"], options["seed"], options["wan"])
        if options["quiet"]:
            self.stdout.write(str(up.inventory))
            return
        self.stdout.write(up.inventory.read_text().strip())
        self.stderr.write(f"id         {up.id}\nflow       {up.flow}\ninventory  {up.inventory}")
        self.stderr.write(f"try        ./bothways diagnose '{up.flow}' --inventory {up.inventory}")
        self.stderr.write(f"remove     ./bothways lab down {up.id}")

    def do_down(self, options: dict[str, Any]) -> None:
        """Take down one, or all with --all; leftovers of crashed ones too."""
        found = instances() if options["all"] else self.one(options["name"])
        for up in found:
            stop(up)
            self.stdout.write(f"{up.id} is gone")

    def do_status(self, options: dict[str, Any]) -> None:
        """What runs, with its flow and inventory."""
        rows = [
            {"id": up.id, "flow": str(up.flow), "inventory": str(up.inventory), "alive": up.alive}
            for up in instances()
        ]
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=1))
            return
        for row in rows:
            crashed = "" if row["alive"] else "  (its keeper is gone; `lab down` clears it)"
            self.stdout.write(f"{row['id']}  {row['flow']}  {row['inventory']}{crashed}")

    def do_check(self, options: dict[str, Any]) -> None:
        """Each proof on a line; ends with status 1 if anything is not as declared."""
        wrong = 0
        for name in options["name"] or [lab.name for lab in LABS]:
            self.stdout.write(f"{name} (seed {options['seed']})")
            for proof in self.proofs(name, options["seed"], options["wan"]):
                wrong += not proof.ok
                self.stdout.write(f"  {'as declared' if proof.ok else 'NOT SO     '}  {proof.text}")
        if wrong:
            raise CommandError(f"{wrong} things are not as declared.")

    def do_accuracy(self, options: dict[str, Any]) -> None:
        """A line for each run on stderr, the summary on stdout."""
        if options["keep"]:
            options["keep"].mkdir(parents=True, exist_ok=True)
        check_privileges()
        seeds = range(options["first_seed"], options["first_seed"] + options["seeds"])
        runs, results = (
            every(_chosen_labs(options), seeds, options["wan"] or [None]),
            options["results"],
        )
        scores = kept_scores(results) if results else []
        done = {score.key for score in scores}
        for score in measure(
            [run for run in runs if run.key not in done], options["jobs"], options["keep"]
        ):
            scores.append(score)
            self.stderr.write(score_line(score))
            if results:
                keep_score(results, score)
        summary = Summary.of(sorted(scores, key=lambda s: s.key))
        if options["page"]:
            file = options["page"]
            file.write_text(
                written(file.read_text() if file.exists() else "", page(summary, _again(options)))
            )
        self.stdout.write(
            json.dumps(summary.as_dict(), indent=1)
            if options["json"]
            else "\n".join(summary.lines())
        )

    def do_record(self, options: dict[str, Any]) -> None:
        """A recording for where there are no namespaces; refused when its verdict is wrong."""
        score = record(options["name"], options["seed"], options["directory"] / options["name"])
        self.stderr.write(score_line(score))
        if not score.all_right:
            raise CommandError(
                "The verdict is not the truth of this lab; the recording was not kept."
            )

    def proofs(self, name: str, seed: int, wan: Wan | None) -> list[FaultCheck]:
        """All proofs of one lab; a lab that does not come up is one that failed."""
        try:
            return check(name, seed, wan)
        except LabError as problem:
            return [FaultCheck(False, str(problem))]

    def do_exec(self, options: dict[str, Any]) -> None:
        """Look inside a node by its declared name."""
        up = self.one(options["name"])[0]
        done = run_inside(up.pid(options["node"]), options["command"], 120)
        self.stdout.write(done.stdout + done.stderr, ending="")

    def one(self, name: str | None) -> list[Up]:
        """The one instance that a name means."""
        if name is None:
            raise CommandError("Say which lab: its name, its id, or --all.")
        found = chosen(name)
        if not found:
            raise CommandError(f"No lab called {name!r} runs; `lab status` shows those that do.")
        if len(found) > 1:
            raise CommandError(
                f"Several run: {', '.join(up.id for up in found)}. Say which by its id."
            )
        return found


def _chosen_labs(options: dict[str, Any]) -> list[str]:
    """The labs that the words mean, in the order of the list."""
    words = filter(None, options["labs"].split(","))
    named = chain.from_iterable(map(_matching, words))
    by_chance = [f"{PREFIX}{number}" for number in range(1, options["random"] + 1)]
    labs = list(dict.fromkeys([*named, *by_chance])) or [lab.name for lab in LABS]
    if not 0 < options["sample"] < len(labs):
        return labs
    drawn = set(random.Random(options["first_seed"]).sample(labs, options["sample"]))
    return [name for name in labs if name in drawn]


def _matching(word: str) -> list[str]:
    return fnmatch.filter([lab.name for lab in LABS], word) or [lab_named(word).name]


def _again(options: dict[str, Any]) -> str:
    names = ("first_seed", "seeds", "labs", "sample", "random")
    words = [f"--{name.replace('_', '-')} {options[name]}" for name in names if options[name]]
    words += [f"--wan {wan or NO_WIRE}" for wan in options["wan"] or []]
    return " ".join(("./bothways lab accuracy", *words))


def wire(text: str) -> Wan | None:
    """`--wan`'s word; a wrong one is refused with a sentence."""
    try:
        return Wan.parse(text)
    except ValueError as problem:
        raise ArgumentTypeError(str(problem)) from None


def score_line(score: Score) -> str:
    """One run in one line: what was wrong, and what was reported instead."""
    wrong = [name for name, right in score.right.items() if not right]
    details = "; ".join(
        f"{name} {score.verdict.get(name)!r}, not {score.truth[name]!r}" for name in wrong
    )
    word = "right" if not wrong else "SURE AND WRONG" if score.sure_and_wrong else "wrong"
    figures = f"{score.confidence:.2f}, {score.seconds:.0f} s"
    return f"{score.name}: {word} ({figures}) {details} {score.problem}".strip()
