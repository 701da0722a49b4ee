"""The page that tells how often the verdict is right: tables in Markdown, made of measured scores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from workbench.lab.score import SURE, Score, Summary

Row = Sequence[object]


def page(summary: Summary, command: str) -> str:
    """All tables of one measurement; `command` repeats it."""
    scores = summary.scores
    labs, seeds = {score.lab for score in scores}, sorted({score.seed for score in scores})
    sure = ", ".join(f"`{score.lab}` (seed {score.seed})" for score in scores if score.sure_and_wrong) or "none"
    mixed_up = _mixed_up(summary)
    parts = [
        f"{len(labs)} networks, seeds {', '.join(map(str, seeds))}: {len(scores)} runs. Again:",
        f"```\n{command}\n```",
        _table(("field", "right"), _fields(summary)),
        f"Sure ({SURE} or more) and wrong about the cause or the device: **{sure}**.\n{_times(scores)}",
        _table(("root cause", "networks", "runs", "cause right", "all five right", "mean confidence"), _causes(scores)),
        _table(("confidence", "verdicts", "cause and device right"), _bands(summary)),
        _table(("true cause", "told", "times"), mixed_up) if mixed_up else "No cause was told for another.",
        "\n".join(_wrong(scores)) or "Every field of every run was right.",
    ]
    return "\n\n".join(parts) + "\n"


def _table(head: Row, rows: Iterable[Row]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _fields(summary: Summary) -> Iterator[Row]:
    for name, share in summary.fields.items():
        yield name.replace("_", " "), _percent(share)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def _times(scores: Sequence[Score]) -> str:
    beyond = sorted(score.beyond_window for score in scores if score.beyond_window is not None)
    if not beyond:
        return ""
    middle, most = beyond[len(beyond) // 2], beyond[int(0.95 * (len(beyond) - 1))]
    return (
        f"Time beyond the capture window: median {middle:.1f} s, 95 % within {most:.1f} s, longest {beyond[-1]:.1f} s."
    )


def _causes(scores: Sequence[Score]) -> Iterator[Row]:
    by_cause: dict[str, list[Score]] = defaultdict(list)
    for score in scores:
        by_cause[score.truth["root_cause"]].append(score)
    for cause, found in sorted(by_cause.items()):
        labs, right = {score.lab for score in found}, sum(score.right["root_cause"] for score in found)
        mean = sum(score.confidence for score in found) / len(found)
        yield f"`{cause}`", len(labs), len(found), right, sum(score.all_right for score in found), f"{mean:.2f}"


def _bands(summary: Summary) -> Iterator[Row]:
    for band, verdicts, share in summary.calibration():
        yield band, verdicts, _percent(share)


def _mixed_up(summary: Summary) -> list[Row]:
    pairs = sorted((truth, told, times) for (truth, told), times in summary.confusion.items() if truth != told)
    return [(f"`{truth}`", f"`{told}`", times) for truth, told, times in pairs]


def _wrong(scores: Sequence[Score]) -> Iterator[str]:
    for score in (one for one in scores if not one.all_right):
        told = (
            f"{name.replace('_', ' ')} {score.verdict.get(name)!r} in place of {score.truth[name]!r}"
            for name, right in score.right.items()
            if not right
        )
        yield f"- `{score.lab}` (seed {score.seed}), told with {score.confidence:.2f}: {'; '.join(told)}"
