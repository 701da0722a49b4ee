"""The fixes of a verdict in the commands of the devices that they are for; in words where a
platform has no command."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from collectors.model.platform import Platform
from collectors.model.remedy import Advice, Remedy, Spelling
from collectors.model.remedy.base import named
from workbench.analysis.case.case import Case
from workbench.analysis.case.verdict import Fix, Hypothesis, Preparation, Ranked, Verdict
from workbench.analysis.case.wording import listed

log = logging.getLogger(__name__)
Platforms = Callable[[str], Platform | None]  # by the name that the inventory uses


def in_commands(verdict: Verdict, case: Case, platforms: Platforms) -> Verdict:
    """The verdict, where every fix is in the commands of its device."""
    speller = Speller(case, platforms)
    return replace(
        verdict,
        best=_ranked(verdict.best, speller),
        alternatives=tuple(_ranked(one, speller) for one in verdict.alternatives),
        also=tuple(_ranked(one, speller) for one in verdict.also),
    )


def _ranked(one: Ranked, speller: Speller) -> Ranked:
    fixes = speller.fixes(one.hypothesis.fixes)
    return replace(one, hypothesis=_with_command(replace(one.hypothesis, fixes=fixes), speller))


def _with_command(hypothesis: Hypothesis, speller: Speller) -> Hypothesis:
    """What would decide or refute it, in the words of the device that would be asked."""
    lookup = hypothesis.lookup
    if lookup is None:
        return hypothesis
    platform = speller.platform_of(lookup.device)
    refuted_by = lookup.refutes.words(platform) if lookup.refutes else hypothesis.refuted_by
    return replace(
        hypothesis, would_settle=lookup.settles.words(platform), refuted_by=refuted_by, lookup=None
    )


@dataclass(frozen=True, slots=True)
class Speller:
    """Knows which device is of which platform, and what it reported of its settings."""

    case: Case
    platforms: Platforms

    def fixes(self, proposed: Iterable[Fix]) -> tuple[Fix, ...]:
        """The fixes with their commands; those that a device has nothing for are left out."""
        return tuple(fix for fix in map(self._fix, proposed) if fix.commands)

    def _fix(self, fix: Fix) -> Fix:
        """One that is in commands already stays as it is."""
        if fix.remedy is None:
            return fix
        found = self._spelled(fix.remedy) or self._in_words(fix.remedy)
        proof = fix.proof if found.proof is None else found.proof
        return replace(
            fix,
            commands=found.commands,
            rollback=found.rollback,
            side_effects=fix.side_effects if found.side_effects is None else found.side_effects,
            proof=self._first(fix.preparation) + proof,
            remedy=None,
            preparation=None,
        )

    def _spelled(self, remedy: Remedy) -> Spelling | None:
        if isinstance(remedy, Advice):
            back = (f"# {remedy.back}",) if remedy.back else ()
            return Spelling((f"# {remedy.text}",), back)
        platform = self._platform(remedy)
        return self._asked(platform, remedy) if platform is not None else None

    def _asked(self, platform: Platform, remedy: Remedy) -> Spelling | None:
        """A speller that breaks off must not cost the verdict."""
        settings = self.case.settings(remedy.device or "")
        try:
            return platform.spell(replace(remedy, settings=settings))
        except Exception:
            log.exception("%s could not spell %s", platform.name, type(remedy).__name__)
            return None

    def _in_words(self, remedy: Remedy) -> Spelling:
        """What to change and where, for people who know the commands."""
        place = f"on {named(remedy.device)}: " if remedy.device else ""
        return Spelling((f"# {place}{remedy.words}; Bothways does not know {self._lacks(remedy)}",))

    def _platform(self, remedy: Remedy) -> Platform | None:
        return self.platform_of(remedy.device or "")

    def platform_of(self, name: str) -> Platform | None:
        """Which kind of device is it? None = it is not known."""
        device = self.case.inventory.named(name)
        return self.platforms(device.platform) if device is not None else None

    def _lacks(self, remedy: Remedy) -> str:
        platform, device = self._platform(remedy), self.case.inventory.named(remedy.device or "")
        if platform is not None:
            return f"the command of {platform.title}"
        if device is not None and device.platform:
            return f"the command of {named(device.platform)}"
        return "what kind of device it is"

    def _first(self, preparation: Preparation | None) -> str:
        """What must be done before the proof counts: the same on several devices is said once."""
        if preparation is None:
            return ""
        where: dict[str, list[str]] = {}
        for one in preparation.remedies:
            where.setdefault(self._phrase(one), []).append(one.device or "?")
        steps = listed([f"{what} on {listed(names)}" for what, names in where.items()])
        return f"first {steps}, {preparation.why}; then "

    def _phrase(self, remedy: Remedy) -> str:
        spelled = self._spelled(remedy)
        return f"`{'; '.join(spelled.commands)}`" if spelled is not None else remedy.words
