"""Remedies that change how a device translates addresses."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.flow import Flow
from collectors.model.records import FilterChain, FilterRule
from collectors.model.remedy.base import Remedy


@dataclass(frozen=True, slots=True)
class HideSource(Remedy):
    """Send a service's requests on under the translator's own address, so that replies return."""

    flow: Flow  # as it leaves the translator
    chain: FilterChain | None = None  # tells the dialect; None = not known

    @property
    def words(self) -> str:
        """What to do."""
        port = f" port {self.flow.dport}" if self.flow.dport else ""
        return f"translate the source of packets for {self.flow.dst}{port} to its own address"


@dataclass(frozen=True, slots=True)
class HideReturningSource(Remedy):
    """Send requests that come back by the same link on under the translator's own address."""

    flow: Flow

    @property
    def words(self) -> str:
        """What to do."""
        port = f" port {self.flow.dport}" if self.flow.dport else ""
        return (
            f"translate the source {self.flow.src} of packets for {self.flow.dst}{port} to its own"
            " address"
        )


@dataclass(frozen=True, slots=True)
class ExemptFromTranslation(Remedy):
    """Leave the answers of a service untranslated."""

    flow: Flow  # what the client asked
    rule: FilterRule | None = None  # the one that translates them now

    @property
    def words(self) -> str:
        """What to do."""
        port = f" port {self.flow.dport}" if self.flow.dport else ""
        return f"do not translate the source of packets from {self.flow.dst}{port}"


@dataclass(frozen=True, slots=True)
class FilterBridgedPackets(Remedy):
    """Let a device filter and translate what only crosses its bridge."""

    setting: str  # as the device calls it

    @property
    def words(self) -> str:
        """What to do."""
        return "let packets that cross a bridge meet the packet filter and the translation"


@dataclass(frozen=True, slots=True)
class ReplaceTarget(Remedy):
    """Let a translation that has several targets choose a good one in the place of a bad one."""

    rules: tuple[FilterRule, ...]  # that lead to the bad one, as packets meet them
    bad: Flow  # as it would leave the device
    good: Flow

    @property
    def words(self) -> str:
        """What to do."""
        return f"send the connections for {self.bad.dst} to {self.good.dst}"
