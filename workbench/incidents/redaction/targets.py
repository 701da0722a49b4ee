"""What can be redacted, by the names that people use for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workbench.incidents.corrections import versions_of
from workbench.incidents.models import EvidenceRow, Image, Incident, Pasted, Redaction
from workbench.incidents.redaction import outputs
from workbench.incidents.redaction.forms import become
from workbench.incidents.redaction.removed import Digest, Removed, digest
from workbench.incidents.storage import evidence_rows


def tombstone(redaction: Redaction) -> dict[str, Any]:
    """What an event says in the place of its words."""
    return {
        "number": redaction.number,
        "by": redaction.by_name,
        "at": redaction.at.isoformat(),
        "why": redaction.why,
        "sha256": redaction.digest,
        "size": redaction.size,
    }


class NoTarget(ValueError):
    """There is no such thing, or nothing is left of it; the message says it in words."""


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that can be redacted."""

    name: str
    digest: Digest
    remove: Callable[[Redaction, Removed], None]
    texts: tuple[str, ...] = ()  # what it says, where that is words
    lines: tuple[int, ...] = ()  # its numbers in the timeline


def target(incident: Incident, what: str) -> Target:
    """What is meant. Raises NoTarget when there is no such thing, or nothing left of it."""
    for pattern, find in TARGETS:
        named = pattern.fullmatch(what)
        if named is not None:
            return find(incident, *named.groups())
    raise NoTarget("name what to redact: n12, image 3, p2 or run 1 e7")


REFERENCES = ("note", "corrects")  # of a correction: to what it corrects


def _note(incident: Incident, seq: str) -> Target:
    versions = versions_of(incident, int(seq))
    if not versions:
        raise NoTarget(f"line {seq} is no note; what it says goes with the note or the secret")
    if "redacted" in versions[0].payload:
        raise _gone(f"n{seq}")
    texts = tuple(str(version.payload.get("text", "")) for version in versions)

    def remove(redaction: Redaction, gone: Removed) -> None:
        for version in versions:
            kept = {key: version.payload[key] for key in REFERENCES if key in version.payload}
            become(redaction, version, payload=kept | {"redacted": tombstone(redaction)})

    seqs = tuple(version.seq for version in versions)
    left = digest(*(text.encode() for text in texts))
    return Target(f"n{seq}", left, remove, texts, seqs)


def _image(incident: Incident, number: str) -> Target:
    image = Image.objects.filter(incident=incident, number=int(number)).first()
    if image is None:
        raise NoTarget(f"there is no image {number}")
    if image.redaction_id is not None:
        raise _gone(f"image {number}")
    row = image

    def remove(redaction: Redaction, gone: Removed) -> None:
        row.data, row.redaction = b"", redaction
        row.save(update_fields=["data", "redaction"])

    return Target(f"image {number}", digest(bytes(row.data)), remove)


def _pasted(incident: Incident, number: str) -> Target:
    pasted = Pasted.objects.filter(incident=incident, number=int(number)).first()
    if pasted is None:
        raise NoTarget(f"there is no p{number}")
    if pasted.redaction_id is not None:
        raise _gone(f"p{number}")
    row, evidence = pasted, evidence_rows.unpack(pasted.packed_evidence)

    def remove(redaction: Redaction, gone: Removed) -> None:
        outputs.remove_pasted(redaction, row, gone)

    return Target(f"p{number}", digest(evidence.stdout, evidence.stderr), remove)


def _answer(incident: Incident, run: str, evidence_id: str) -> Target:
    rows = EvidenceRow.objects.filter(run__incident=incident, run__number=int(run))
    found = rows.filter(evidence_id=evidence_id).select_related("run", "command_record").first()
    if found is None:
        raise NoTarget(f"there is no {evidence_id} in run {run}")
    if found.redaction_id is not None:
        raise _gone(f"run {run} {evidence_id}")
    row = found

    def remove(redaction: Redaction, gone: Removed) -> None:
        outputs.remove_answer(redaction, row, gone)

    return Target(f"run {run} {evidence_id}", digest(row.stdout, row.stderr), remove)


def _gone(what: str) -> NoTarget:
    return NoTarget(f"{what} is redacted already")


TARGETS: tuple[tuple[re.Pattern[str], Callable[..., Target]], ...] = (
    (re.compile(r"n(\d{1,12})"), _note),
    (re.compile(r"image (\d{1,6})"), _image),
    (re.compile(r"p(\d{1,6})"), _pasted),
    (re.compile(r"run (\d{1,9}) ([a-oq-z]\S{0,59})"), _answer),
)
