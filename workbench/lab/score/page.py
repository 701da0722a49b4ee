"""The page that tells how often the verdict is right: tables in Markdown, made of measured
scores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from workbench.lab.build.wires import Wan, in_words
from workbench.lab.score.score import FIELDS, NO_WIRE, SURE, Score, Summary

Row = Sequence[object]
BEGIN = "<!-- measured: `lab accuracy --page` writes between these two marks -->"
END = "<!-- end of what was measured -->"


def page(summary: Summary, command: str) -> str:
    """All tables of one measurement; `command` repeats it."""
    scores = summary.scores
    labs, seeds = {score.lab for score in scores}, sorted({score.seed for score in scores})
    sure = ", ".join(_run(score) for score in scores if score.sure_and_wrong) or "none"
    mixed_up = _mixed_up(summary)
    parts = [
        f"{len(labs)} networks, seeds {', '.join(map(str, seeds))}: {len(scores)} runs. Again:",
        f"```\n{command}\n```",
        _table(
            ("round trip of the flow", "runs", *map(_spaced, FIELDS), "all five", "sure and wrong"),
            _wires(scores),
        ),
        (
            f"Sure ({SURE} or more) and wrong about the cause or the device: **{sure}**.\n"
            f"{_contradictory(summary)}\n{_changed(scores)}\n{_times(scores)}"
        ),
        _table(
            ("root cause", "networks", "runs", "cause right", "all five right", "mean confidence"),
            _causes(scores),
        ),
        "Of the verdicts with a confidence, what share was right about cause and device:",
        _table(("confidence", "verdicts", "told on average", "right"), _bands(summary)),
        (
            _table(("true cause", "told", "times"), mixed_up)
            if mixed_up
            else "No cause was told for another."
        ),
        "\n".join(_wrong(scores)) or "Every field of every run was right.",
    ]
    return "\n\n".join(parts) + "\n"


def written(file: str, tables: str) -> str:
    """The file with these tables in place of those that it has between its two marks; without
    marks, only them."""
    before, begin, rest = file.partition(BEGIN)
    _, end, after = rest.partition(END)
    return f"{before}{begin}\n{tables}{end}{after}" if begin and end else tables


def _table(head: Row, rows: Iterable[Row]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _contradictory(summary: Summary) -> str:
    found = [
        f"{_run(s)}: {', '.join(s.contradictions)}" for s in summary.scores if s.contradictions
    ]
    return (
        f"Verdicts that contradict themselves, of {summary.looked_at}:"
        f" **{'; '.join(found) or 'none'}**."
    )


def _changed(scores: Sequence[Score]) -> str:
    found = [f"{_run(score)}: {score.changed}" for score in scores if score.changed]
    return (
        f"Flows that fared otherwise after the run than before: **{'; '.join(found) or 'none'}**."
    )


def _wires(scores: Sequence[Score]) -> Iterator[Row]:
    """A row for each wire that was laid into the networks, and one for all."""
    by_wire: dict[str, list[Score]] = defaultdict(list)
    for score in scores:
        by_wire[score.wan].append(score)
    for wire, found in sorted(
        by_wire.items(), key=lambda item: [float(word) for word in item[0].split(",")]
    ):
        yield in_words(Wan.parse(wire)), *_figures(found)
    if len(by_wire) > 1:
        yield "all", *_figures(scores)


def _figures(scores: Sequence[Score]) -> Iterator[object]:
    shares = Summary.of(scores).fields
    yield len(scores)
    yield from (_percent(shares[name]) for name in (*FIELDS, "all_five"))
    yield sum(score.sure_and_wrong for score in scores)


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def _run(score: Score) -> str:
    wire = f", {in_words(Wan.parse(score.wan))}" if score.wan != NO_WIRE else ""
    return f"`{score.lab}` (seed {score.seed}{wire})"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def _times(scores: Sequence[Score]) -> str:
    beyond = sorted(score.beyond_window for score in scores if score.beyond_window is not None)
    if not beyond:
        return ""
    middle, most = beyond[len(beyond) // 2], beyond[int(0.95 * (len(beyond) - 1))]
    return (
        f"Time beyond the capture window: median {middle:.1f} s, 95 % within {most:.1f} s, longest"
        f" {beyond[-1]:.1f} s."
    )


def _causes(scores: Sequence[Score]) -> Iterator[Row]:
    by_cause: dict[str, list[Score]] = defaultdict(list)
    for score in scores:
        by_cause[score.truth["root_cause"]].append(score)
    for cause, found in sorted(by_cause.items()):
        labs, right = (
            {score.lab for score in found},
            sum(score.right["root_cause"] for score in found),
        )
        mean = sum(score.confidence for score in found) / len(found)
        yield (
            f"`{cause}`",
            len(labs),
            len(found),
            right,
            sum(score.all_right for score in found),
            f"{mean:.2f}",
        )


def _bands(summary: Summary) -> Iterator[Row]:
    for band in summary.calibration():
        yield band.name, band.verdicts, _percent(band.told), _percent(band.right)


def _mixed_up(summary: Summary) -> list[Row]:
    pairs = sorted(
        (truth, reported, times)
        for (truth, reported), times in summary.confusion.items()
        if truth != reported
    )
    return [(f"`{truth}`", f"`{reported}`", times) for truth, reported, times in pairs]


def _wrong(scores: Sequence[Score]) -> Iterator[str]:
    for score in (one for one in scores if not one.all_right):
        wrong = [name for name, right in score.right.items() if not right]
        words = (
            f"{_spaced(name)} {score.verdict.get(name)!r} in place of {score.truth[name]!r}"
            for name in wrong
        )
        yield f"- {_run(score)}, told with {score.confidence:.2f}: {'; '.join(words)}"
