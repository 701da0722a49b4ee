"""Samples of real output: `<case>.raw` is what the device wrote, `<case>.json` what was asked and
what it means.

A new case is two files and no code: write the `.raw`, write `{"about": {...}}` beside it, and let
`python -m tests.collectors.platforms.samples tests/fixtures/linux/rules/mine.json` fill in the
records; then read them. People may also write `stderr`, `exit_status`, and as `source` where the
output is from, if no device of ours wrote it: "manual of 7.14".
"""

from __future__ import annotations

import json
import sys
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from collectors.answering import reading_of
from collectors.model.answer import Output, ParseResult
from collectors.model.evidence import Question
from collectors.offline.replay import params_from
from collectors.platforms import platform_named

# what people write into a sample, and is kept when it is filled in
_OF_PEOPLE = ("source", "about", "stderr", "exit_status")
FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


@dataclass(frozen=True)
class Sample:
    """One pair of files."""

    platform: str
    question: Question
    path: Path  # of the .json

    @property
    def id(self) -> str:
        return f"{self.platform}/{self.question}/{self.path.stem}"

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.path.read_text())
        return document

    def reading(self) -> ParseResult:
        """What our parser makes of it."""
        document, raw = self.document, self.path.with_suffix(".raw").read_bytes()
        output = Output(raw, document.get("stderr", "").encode(), document.get("exit_status", 0))
        platform = platform_named(self.platform)
        assert platform is not None
        return reading_of(platform, self.question, output, params_from(document.get("about", {})))


def samples() -> list[Sample]:
    """All pairs of files."""
    paths = sorted(FIXTURES.glob("*/*/*.json"))
    return [Sample(path.parts[-3], Question(path.parts[-2]), path) for path in paths]


def plain(value: Any) -> Any:
    """A record as JSON: its class's name and the fields that differ from their defaults."""
    if is_dataclass(value) and not isinstance(value, type) and not hasattr(value, "reversed"):
        values = {f.name: plain(getattr(value, f.name)) for f in fields(value) if _is_set(value, f)}
        return {type(value).__name__: values}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _is_set(value: Any, field: Any) -> bool:
    return field.default is MISSING or getattr(value, field.name) != field.default


def meaning(reading: ParseResult) -> dict[str, Any]:
    """A reading as JSON."""
    document: dict[str, Any] = {"records": [plain(record) for record in reading.records]}
    if reading.unread:
        document["unread"] = list(reading.unread)
    return document | ({"refused": reading.refused} if reading.refused else {})


def write(path: Path) -> None:
    """Fill in what our parser makes of a sample: to be read by a person before it is committed."""
    sample = Sample(path.parts[-3], Question(path.parts[-2]), path)
    asked = {key: value for key, value in sample.document.items() if key in _OF_PEOPLE}
    lines = json.dumps(asked | meaning(sample.reading()), ensure_ascii=False, indent=None)
    path.write_text(
        lines.replace(', {"', ',\n {"').replace('"records": [{', '"records": [\n {') + "\n"
    )


if __name__ == "__main__":
    for name in sys.argv[1:]:
        write(Path(name).resolve())
