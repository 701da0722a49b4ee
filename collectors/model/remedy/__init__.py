"""What would mend a flow, in neutral terms: which kind of change, on which device, with which
values. No platform's commands are in here; a platform spells a remedy in its own."""

from collectors.model.remedy.base import (
    Advice,
    Remedy,
    Spell,
    Spellers,
    Spelling,
    speller,
    spells_nothing,
)

__all__ = ["Advice", "Remedy", "Spell", "Spellers", "Spelling", "speller", "spells_nothing"]
