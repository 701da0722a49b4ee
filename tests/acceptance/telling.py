"""What comes of a case that somebody pasted: the whole way from the text to the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from collectors.model.flow import Flow
from collectors.model.inventory import Inventory
from collectors.model.step import Options
from collectors.platforms import platform_named
from collectors.session import SshDriver
from workbench.analysis.case.case import Case
from workbench.analysis.case.run_events import Judged
from workbench.analysis.case.verdict import Cause, Direction, Verdict
from workbench.analysis.run import investigate
from workbench.incidents.pasted import pasting
from workbench.incidents.pasted.pieces import Piece, ReadPaste
from workbench.terminal.uploads import bring


@dataclass(frozen=True)
class PastedCase:
    """What came of a case."""

    verdict: Verdict
    pieces: tuple[Piece, ...]

    @property
    def cause(self) -> Cause:
        return self.verdict.best.hypothesis.cause

    @property
    def guilty(self) -> str | None:
        return self.verdict.best.hypothesis.guilty_node

    @property
    def decided_by(self) -> str | None:
        return self.verdict.best.hypothesis.decided_by

    @property
    def direction(self) -> Direction | None:
        return self.verdict.best.hypothesis.direction

    @property
    def sure(self) -> float:
        return self.verdict.best.confidence

    @property
    def words(self) -> str:
        """The sentences of the verdict."""
        best = self.verdict.best.hypothesis
        return " ".join([best.summary or "", *(reason.text for reason in best.reasons)])

    def read(self, question: str) -> list[Piece]:
        return [piece for piece in self.pieces if piece.question == question]

    def __str__(self) -> str:
        where = f"{self.cause} by {self.guilty}, {self.direction}, {self.sure:.2f}: {self.words}"
        return "\n".join([where, *map(str, self.pieces)])


def diagnose_texts(flow: str, texts: Mapping[str, str], place: Path) -> PastedCase:
    """The verdict of what was pasted for these devices; `place` is a directory for the files."""
    files = [(device, place / f"{device}.txt") for device in texts]
    for device, path in files:
        path.write_text(texts[device])
    return diagnose_files(flow, files)


def diagnose_files(flow: str, files: Iterable[tuple[str, Path]]) -> PastedCase:
    """The verdict of these files alone, each of one device; nobody is asked."""
    wanted = Flow.parse(flow)
    paste: ReadPaste = bring([f"{device}={path}" for device, path in files], wanted, Inventory())
    inventory = pasting.with_devices_of(
        paste.evidence, Inventory(), [piece.device for piece in paste.pieces]
    )
    driver = SshDriver(Inventory())
    judged = [
        one
        for one in investigate(
            Case(wanted, inventory, paste.evidence),
            driver,
            Options(window=1.0),
            platforms=platform_named,
        )
        if isinstance(one, Judged)
    ]
    return PastedCase(judged[-1].verdict, paste.pieces)
