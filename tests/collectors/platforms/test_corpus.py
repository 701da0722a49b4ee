"""Outputs that nobody here wrote: recognised, and read to the last line. Run with -s for the
table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from collectors.answering import reading_of
from collectors.model.answer import Output
from collectors.model.evidence import QueryParams
from collectors.paste.recognise import recognise_output
from collectors.platforms import platform_named

CORPORA = Path(__file__).resolve().parents[4] / "shared" / "corpora"


@dataclass(frozen=True)
class Look:
    """What became of one file."""

    name: str
    kind: str  # the question and the platform; nothing where it was not recognised
    records: int
    unread: tuple[str, ...]
    refused: str | None

    def __str__(self) -> str:
        disposition = (
            "whole"
            if self.kind and not self.unread
            else "in part"
            if self.kind
            else "NOT RECOGNISED"
        )
        return (
            f"{self.name:48} {disposition:15} {self.kind:24} {self.records:4} "
            f" {''.join(self.unread[:1])[:70]}"
        )


def look(path: Path) -> Look:
    """Recognise and read one file, as when somebody pastes it."""
    raw = path.read_bytes()
    recognised = recognise_output(raw)
    if recognised is None:
        return Look(path.name, "", 0, (), None)
    platform = platform_named(recognised[1])
    assert platform is not None
    reading = reading_of(platform, recognised[0], Output(raw), QueryParams())
    return Look(
        path.name,
        f"{recognised[0].value} of {recognised[1]}",
        len(reading.records),
        reading.unread,
        reading.refused,
    )


@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside this checkout")
def test_outputs_of_many_systems_are_recognised_and_read() -> None:
    found = [
        look(path)
        for folder in ("text", "traceroute")
        for path in sorted((CORPORA / folder).glob("*.out"))
    ]
    table = "\n".join(map(str, found))
    print(table)
    recognised = [one for one in found if one.kind]
    whole = [one for one in recognised if not one.unread]
    assert len(recognised) >= 0.95 * len(found), table
    assert len(whole) >= 0.90 * len(found), table
    assert [
        one.name for one in recognised if not (one.records or one.unread or one.refused)
    ] == [], "silent"
