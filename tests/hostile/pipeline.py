"""Everything that a run makes of its evidence, in one call: what breaks off here would break off a
run or a page."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from collectors.model.evidence import Evidence
from collectors.offline.recording import Recording
from workbench.analysis.case.case import Case
from workbench.analysis.case.verdict import Verdict
from workbench.analysis.diagnosis.ranking.rank import judge, wanted
from workbench.analysis.evidence.read import read
from workbench.report.figures.as_plotly import as_plotly
from workbench.report.figures.as_svg import as_svg
from workbench.report.figures.counters_figure import moves_scene
from workbench.report.figures.ladder_figure import ladder_scene
from workbench.report.figures.path_figure import path_scene
from workbench.report.figures.spread_figure import spread_scene
from workbench.report.picture.picture import describe
from workbench.report.postmortem.alerts import watches
from workbench.report.postmortem.document import Answered, Postmortem
from workbench.report.postmortem.markdown import as_markdown
from workbench.report.postmortem.page import as_html
from workbench.terminal.summary import summary

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def through(
    recording: Recording, evidence: tuple[Evidence, ...], *, drawing: bool = True
) -> Verdict:
    """Read, judge, draw, write; the documents are those that the API and the database hold."""
    findings = read(Case(recording.flow, recording.inventory, evidence))
    verdict = judge(findings)
    verdict_json = document(verdict.as_dict())
    summary(verdict).encode()
    if not drawing:
        return verdict
    wanted(findings)
    drawn = document(describe(findings, verdict))
    figures(drawn)
    written(recording, evidence, verdict_json, drawn)
    return verdict


def document(value: Any) -> Any:
    """As it comes back out of the database: strict JSON in UTF-8."""
    return json.loads(json.dumps(value, allow_nan=False).encode())


def figures(drawn: dict[str, Any]) -> None:
    """All pictures."""
    scenes = [path_scene(drawn)]
    for key, scene in (("ladder", ladder_scene), ("moves", moves_scene), ("spread", spread_scene)):
        if drawn.get(key):
            scenes.append(scene(drawn[key]))
    for one in scenes:
        as_svg(one).encode()
        document(as_plotly(one))


def written(
    recording: Recording,
    evidence: tuple[Evidence, ...],
    verdict_json: dict[str, Any],
    drawn: dict[str, Any],
) -> None:
    """The postmortem and what the terminal shows."""
    answers = tuple(
        Answered(e.id, e.device, e.question, e.status, len(e.stdout), "") for e in evidence[:5]
    )
    postmortem = Postmortem(
        number=1, title="t", flow=str(recording.flow), state="open", opened_at=NOW, written_at=NOW, recording=True,
        run=1, verdict=verdict_json, final=True, picture=drawn, timeline=(), commands=(), evidence=answers,
    )  # fmt: skip
    as_markdown(postmortem).encode()
    as_html(postmortem).encode()
    watches(verdict_json)
