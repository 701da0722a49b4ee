"""The verdict as a tired engineer wants to read it in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.analysis.case.verdict import (
    Direction,
    Fix,
    Hypothesis,
    Mistake,
    Outcome,
    Ranked,
    Verdict,
)
from workbench.terminal.plain import plain

LIKELY = 0.5  # healthy at no more than this is what one place saw


def summary(verdict: Verdict, randomness: str | None = None, pieces: Iterable[str] = ()) -> str:
    """The whole verdict in words."""
    lines = (*_lines(verdict, randomness), *_listed("What was pasted", pieces))
    return "\n".join(plain(line, 2000) for line in lines)


def _lines(verdict: Verdict, randomness: str | None) -> Iterator[str]:
    best = verdict.best.hypothesis
    likely = (
        "LIKELY "
        if verdict.outcome is Outcome.HEALTHY and verdict.best.confidence <= LIKELY
        else ""
    )
    yield (
        f"{likely}{verdict.outcome.value.upper()}: {best.cause.value}"
        f" ({verdict.best.confidence:.0%} sure)"
    )
    yield from [best.summary] if best.summary else []
    yield ""
    yield from _where(verdict, best)
    if randomness:
        yield from ("", f"Why it looks random: {randomness}")
    yield from _listed("Why", (f"{reason.weight:+.1f}  {reason.text}" for reason in best.reasons))
    yield from _fixes(best.fixes)
    yield from _listed("Changed during the run", (f"{c.device}: {c.text}" for c in verdict.changes))
    yield from _listed("A common mistake", map(_mistake, verdict.mistakes))
    yield from _listed("Also wrong", map(_other, verdict.also))
    yield from _listed("Less likely", map(_other, verdict.alternatives[:5]))
    if best.would_settle:
        yield from (
            "",
            f"What would decide it: {best.would_settle}",
            f"  {verdict.best.settled}".rstrip(),
        )
    if verdict.unreached:
        yield from ("", f"Could not be asked: {', '.join(verdict.unreached)}")


def _where(verdict: Verdict, best: Hypothesis) -> Iterator[str]:
    yield f"  out:    {_path(verdict.forward_path, verdict.boundaries_forward)}"
    yield f"  back:   {_path(verdict.reverse_path, verdict.boundaries_reverse)}"
    for one in verdict.tunnels:
        yield f"  {'back' if one.direction is Direction.REVERSE else 'out'}, {one.label}"
    if best.guilty_node:
        yield f"  guilty: {best.guilty_node}" + (
            f" ({best.direction.value})" if best.direction else ""
        )
    if best.decided_by not in (None, best.guilty_node):
        yield f"  path chosen by: {best.decided_by}"
    if verdict.drop:
        at = f" {verdict.drop.interface}" if verdict.drop.interface else ""
        yield f"  last seen: {verdict.drop.packet} at {verdict.drop.node}{at}: {verdict.drop.where}"


def _path(names: tuple[str, ...], boundaries: tuple[str, ...]) -> str:
    marked = [f"[{name}]" if name in boundaries else name for name in names]
    return " > ".join(marked) or "?"


def _listed(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield from ("", f"{title}:", *(f"  {line}" for line in found))


def _mistake(mistake: Mistake) -> str:
    return (
        f"{mistake.name}: {mistake.behind}. What helps: {mistake.helps}. Signs here:"
        f" {'; '.join(mistake.signs)}"
    )


def _other(ranked: Ranked) -> str:
    other = ranked.hypothesis
    at = f" at {other.guilty_node}" if other.guilty_node else ""
    why = f": {other.refuted_by}" if other.refuted_by else ""
    return f"{ranked.confidence:4.0%}  {other.cause.value}{at}{why}"


def _fixes(fixes: tuple[Fix, ...]) -> Iterator[str]:
    for fix in fixes:
        kind = "to test the idea" if fix.temporary else "for good"
        yield from (
            "",
            f"Fix ({kind}): {fix.fix_class.value}" + (f" on {fix.device}" if fix.device else ""),
        )
        yield from (f"  $ {command}" for command in fix.commands)
        yield from (f"  back: {command}" for command in fix.rollback)
        yield from [f"  mind: {fix.side_effects}"] if fix.side_effects else []
        yield from [f"  proof: {fix.proof}"] if fix.proof else []
