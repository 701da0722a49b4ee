"""The verdict as the page shows it: headline, sentence, facts, reasons, alternatives, fixes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.incidents.models import Run
from workbench.report import words

RULED_OUT = 0.005  # below this an alternative is not worth a number


@dataclass(frozen=True, slots=True)
class VerdictView:
    """The verdict as the page shows it."""

    fields: dict[str, Any]
    final: bool

    @property
    def tone(self) -> str:
        """good, bad or open; a guess, and what one place saw, is never more than open."""
        return words.tone(self.fields)

    @property
    def confidence(self) -> float:
        """How sure, 0 to 1."""
        return round(float(self.fields["confidence"]), 2)

    @property
    def known(self) -> bool:
        """Is there a cause that the confidence speaks of?"""
        return bool(self.fields["root_cause"] != words.UNKNOWN)

    @property
    def title(self) -> str:
        """The cause in a few words, with the doubt that there is."""
        return words.headline(self.fields)

    @property
    def sentence(self) -> str:
        """What, where and why, in one sentence."""
        return words.sentence(self.fields)

    @property
    def meaning(self) -> str:
        """What such a cause means, for whoever does not meet it every day."""
        return "" if self._unsure and self.known else words.cause_meaning(self.fields["root_cause"])

    @property
    def _unsure(self) -> bool:
        """Is it open what the flow does where nobody watched?"""
        return bool(self.fields["verdict"] == "inconclusive" or words.one_place(self.fields))

    @property
    def parted(self) -> bool:
        """Do the directions use different devices, both known to their ends?"""
        out, back = (
            self.fields.get("forward_path") or [None],
            self.fields.get("reverse_path") or [None],
        )
        whole = {out[0], out[-1]} == {back[0], back[-1]}
        return bool(self.fields.get("divergent")) and whole

    @property
    def placed(self) -> bool:
        """Does the guilty device stand on a path that is drawn?"""
        paths = (*(self.fields.get("forward_path") or ()), *(self.fields.get("reverse_path") or ()))
        return self.fields.get("guilty_node") in paths

    @property
    def seen(self) -> str:
        """Where the packets were seen to end, in words; empty when that was not seen."""
        return words.drop_words(self.fields["drop"]) if self.fields.get("drop") else ""

    @property
    def percent(self) -> int:
        """The confidence, 0 to 100."""
        return round(100 * self.confidence)

    @property
    def sureness(self) -> str:
        """The confidence in a word."""
        return words.sureness(self.confidence, self.fields["verdict"])

    @property
    def reasons(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The reasons for and those against, the weightiest first."""
        return split(self.fields.get("reasons", []))

    @property
    def alternatives(self) -> list[dict[str, Any]]:
        """The other hypotheses with their reasons."""
        return [_alternative(other, self._unsure) for other in self.fields.get("alternatives", [])]

    @property
    def also(self) -> list[dict[str, Any]]:
        """Further faults in addition to the best explained one."""
        return [_alternative(other) for other in self.fields.get("also", [])]

    @property
    def fixes(self) -> list[dict[str, Any]]:
        """What to change, as proposed."""
        cause = self.fields["root_cause"]
        return [
            fix | {"title": words.fix_title(fix["class"], cause)}
            for fix in self.fields.get("fixes", [])
        ]


def verdict_view(run: Run | None) -> VerdictView | None:
    """The run's verdict so far; None = none yet."""
    return VerdictView(run.verdict, run.verdict_final) if run and run.verdict else None


def split(reasons: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Reasons for and against, each sorted by weight; what only explains stands last with those for
    it."""
    pro, contra = list[dict[str, Any]](), list[dict[str, Any]]()
    ordered = sorted(map(_weighed, reasons), key=lambda reason: -abs(reason["weight"]))
    for reason in ordered:
        side = contra if reason["weight"] < 0 else pro
        side.append(reason)
    return pro, contra


def _weighed(reason: dict[str, Any]) -> dict[str, Any]:
    dots = max(1, min(5, round(abs(reason["weight"]))))
    return reason | {
        "dots": "●" * dots if reason["weight"] else "○",
        "ids": ",".join(reason.get("evidence", [])),
    }


def _alternative(other: dict[str, Any], unsure: bool = False) -> dict[str, Any]:
    pro, contra = split(other.get("reasons", []))
    return other | {
        "title": words.cause_title(other["root_cause"]),
        "share": _share(other["root_cause"], float(other["confidence"]), contra, unsure),
        "for": pro,
        "against": contra,
    }


def _share(cause: str, confidence: float, contra: list[dict[str, Any]], unsure: bool) -> str:
    if confidence >= RULED_OUT:
        return f"{round(100 * confidence)} %"
    if cause == words.UNKNOWN:  # what cannot be seen can never be ruled out
        return "not ruled out" if unsure else "under 1 %"
    refuted = any(reason["weight"] <= -2 for reason in contra)
    return "ruled out" if refuted else "under 1 %"
