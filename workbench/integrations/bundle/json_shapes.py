"""Of which shape is the plain JSON in rows: payloads of events, verdicts, pictures?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from workbench.incidents.models import Event
from workbench.integrations.bundle.conforming import conforms
from workbench.integrations.web_links import web_link
from workbench.report.boundaries import boundaries_of
from workbench.report.figures.as_svg import as_svg
from workbench.report.figures.counters_figure import moves_scene
from workbench.report.figures.ladder_figure import ladder_scene
from workbench.report.figures.path_figure import path_scene
from workbench.report.figures.spread_figure import spread_scene
from workbench.report.picture.model import Picture, load

Kind = Event.Kind
WIDTH = 900  # px; of pictures that are drawn to see whether they can be
TEXT, NUMBER, FLAG = str | None, int | None, bool
TEXTS = list[str]

# what a field of a payload holds, wherever there is one
PAYLOAD: dict[str, Any] = {
    **dict.fromkeys(("text", "title", "why", "summary", "problem", "flow", "verdict"), TEXT),
    **dict.fromkeys(("root_cause", "guilty_node", "direction", "question", "moment"), TEXT),
    **dict.fromkeys(("status", "state", "did", "source", "form", "field", "section"), TEXT),
    **dict.fromkeys(("evidence", "step", "reason", "probes", "invited", "kind", "is"), TEXT),
    **dict.fromkeys(("from", "to", "until", "owner_name", "due", "seed", "fingerprint"), TEXT),
    **dict.fromkeys(("event", "row", "item", "version", "edits", "proof", "fault"), NUMBER),
    **dict.fromkeys(("run", "undoes", "fix", "change", "note", "number", "redaction"), NUMBER),
    **dict.fromkeys(("pinned", "final", "beside", "follows", "withdrawn", "recording"), FLAG),
    **dict.fromkeys(("forward", "reverse", "mentions", "commands"), TEXTS),
    "confidence": float,
    "inquiries": list[list[str]],
    "settles": list[int],
    "redacted": dict[str, Any],
    "devices": dict[str, Any],
}
# what a payload cannot be read without
NEEDED: dict[str, tuple[str, ...]] = {
    Kind.NOTE: ("text",),
    Kind.CORRECTED: ("note", "text"),
    Kind.PINNED: ("event", "pinned"),
    Kind.ASKING: ("moment", "inquiries"),
    Kind.CHANGE: ("did",),
    Kind.CHECK: ("row",),
    Kind.RUN_QUEUED: ("run",),
    Kind.JUDGED: ("run", "root_cause", "verdict"),
}
REASON = {"weight": float, "text": str, "evidence": TEXTS}
OTHER_CAUSE = {"root_cause": str, "confidence": float, "guilty_node": TEXT}
VERDICT: dict[str, Any] = {
    **dict.fromkeys(("root_cause", "verdict", "summary"), str),
    **dict.fromkeys(("guilty_node", "direction", "decided_by", "would_settle"), TEXT),
    "drop": dict[str, Any] | None,
    "confidence": float,
    "divergent": bool | None,
    **dict.fromkeys(("forward_path", "reverse_path", "fix_class", "unreached"), TEXTS),
    "state_boundaries": dict[str, TEXTS],
    "timings": dict[str, Any],
}
VERDICT_LISTS: dict[str, dict[str, Any]] = {
    "reasons": REASON,
    "alternatives": OTHER_CAUSE,
    "also": OTHER_CAUSE,
    "mistakes": {"number": int, "name": str},
    "changes": {"device": str, "text": str, "evidence": TEXTS},
    "fixes": {
        **dict.fromkeys(("class", "side_effects", "proof"), TEXT),
        "device": TEXT,
        **dict.fromkeys(("commands", "rollback"), TEXTS),
        "temporary": bool,
    },
}
_UNREADABLE = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError)


def fits(value: Any, shape: Mapping[str, Any]) -> bool:
    """Is this an object in which each field that the shape knows holds what the shape says?"""
    return isinstance(value, dict) and all(
        conforms(value[name], hint) for name, hint in shape.items() if name in value
    )


def is_payload(kind: Any, payload: Any) -> bool:
    """Can the payload of such an event be read?"""
    needed = () if "redacted" in payload else NEEDED.get(kind, ())
    if not fits(payload, PAYLOAD) or any(name not in payload for name in needed):
        return False
    if any(len(query) != 3 for query in payload.get("inquiries", ())):
        return False
    if not _works(lambda: datetime.fromisoformat(payload.get("until") or "1970-01-01")):
        return False
    return all(_is_link(payload.get(name, "")) for name in ("url", "link"))


def _is_link(text: Any) -> bool:
    if isinstance(text, str):
        return not text or _on_the_web(text)
    return text is None or isinstance(text, int)  # of a share, its number


def _on_the_web(text: str) -> bool:
    return web_link(text) == text != ""


def are_links(values: Any) -> bool:
    """Are these addresses of the web, and nothing that a browser would run?"""
    return conforms(values, TEXTS) and all(map(_on_the_web, values))


def is_verdict(verdict: Any) -> bool:
    """Can this verdict be shown?"""
    needed = ("root_cause", "verdict", "summary", "confidence")
    if not fits(verdict, VERDICT) or any(name not in verdict for name in needed):
        return False
    for name, shape in VERDICT_LISTS.items():
        items = verdict.get(name, [])
        if not isinstance(items, list) or not all(fits(item, shape) for item in items):
            return False
    return _works(lambda: list(boundaries_of(verdict, None)))


def is_picture(picture: Any) -> bool:
    """Can this picture of both paths be drawn?"""
    return isinstance(picture, dict) and _works(lambda: _draw(picture))


def _draw(picture: dict[str, Any]) -> None:
    if not conforms(load(picture), Picture):
        raise TypeError("a field of the picture is of another type")
    as_svg(path_scene(picture, "light", WIDTH))
    for name, scene in (("ladder", ladder_scene), ("spread", spread_scene), ("moves", moves_scene)):
        if picture.get(name):
            as_svg(scene(picture[name], "light", WIDTH))


def _works(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except _UNREADABLE:
        return False
    return True
