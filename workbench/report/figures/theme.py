"""The colours of all pictures, dark and light; every text colour holds 4.5:1 against its ground."""

from __future__ import annotations

from dataclasses import dataclass

SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif'
MONO = 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace'


@dataclass(frozen=True, slots=True)
class Theme:
    """One set of colours. `*_ground` is what lies behind, the plain name is line and text."""

    name: str
    page: str
    panel: str
    stripe: str
    line: str
    text: str
    muted: str
    faint: str
    forward: str
    reverse: str
    state: str
    state_ground: str
    danger: str
    danger_ground: str
    on_danger: str
    good: str
    split: str
    split_ground: str


DARK = Theme(
    name="dark",
    page="#0d1117",
    panel="#151b23",
    stripe="#1a212b",
    line="#3d4653",
    text="#e8eef5",
    muted="#9aa5b3",
    faint="#6f7a88",
    forward="#5ab2f2",
    reverse="#f2a33c",
    state="#cfa6ff",
    state_ground="#2b2540",
    danger="#ff7b74",
    danger_ground="#3b1518",
    on_danger="#16090a",
    good="#3fd0a0",
    split="#e6b93f",
    split_ground="#2a2412",
)
LIGHT = Theme(
    name="light",
    page="#ffffff",
    panel="#f6f8fa",
    stripe="#edf1f5",
    line="#c3cbd5",
    text="#1b222b",
    muted="#55606e",
    faint="#8791a0",
    forward="#0a5fa8",
    reverse="#a84f0b",
    state="#71389a",
    state_ground="#ece5f4",
    danger="#b91522",
    danger_ground="#fdeeee",
    on_danger="#ffffff",
    good="#0b6f50",
    split="#7c5600",
    split_ground="#f7efd4",
)
THEMES = {theme.name: theme for theme in (DARK, LIGHT)}


def theme_named(name: str) -> Theme:
    """The theme of that name; dark when there is no such."""
    return THEMES.get(name, DARK)
