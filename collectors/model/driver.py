"""How a run reaches devices, and how it is recorded: SSH, recordings and pasted output share one
interface."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Protocol

from collectors.model.evidence import Evidence, Query


class Driver(Protocol):
    """Answers queries. One persistent login per device and run; several devices, several
    questions each, at once.

    Who inherits it needs `ask` only; the rest has defaults that are right for a driver that answers
    at once.
    """

    @abstractmethod
    def ask(self, queries: Sequence[Query]) -> Iterator[Evidence]:
        """Ask all of them at once and yield each answer as it comes; never raises for what a device
        does.

        Exactly one Evidence per query, whatever happens (NOT_ASKED, NO_ANSWER, REFUSED with a
        reason). A query with a delay is sent that many seconds after the call. Evidence ids are
        left to the caller's numbering.
        """

    def stream(self, queries: Sequence[Query]) -> Generator[Evidence | None, None, None]:
        """The same, with a None now and then while nothing is answered; closing it ends what is
        still asked."""
        yield from self.ask(queries)

    def watch(self, cancelled: Callable[[], bool]) -> None:
        """From now on `ask` ends early when this turns true, also while nothing is answered."""
        return

    def prepare(self, devices: Sequence[str], long_commands: int) -> None:
        """Be ready to start so many long commands at once on these devices; returns at once."""
        return

    def knows(self, queries: Sequence[Query]) -> bool:
        """Can it answer all of these, as far as it depends on the driver?"""
        return True

    @property
    def has_all_answers(self) -> bool:
        """Are the answers of all devices there already, so that asking few spares nothing?"""
        return False

    def interrupt(self) -> None:
        """From another thread: everything that is being asked ends soon, without an answer."""
        return

    def close(self) -> None:
        """End all logins."""
        return


class NotRecorded(Exception):
    """The intent could not be written down, so the command must not be sent."""


class Recorder(Protocol):
    """Writes the record of commands. An intent is written before a command is sent, its result
    after it."""

    def intend(self, query: Query, account: str, command: bytes) -> object:
        """Write down what is about to be sent; returns a token for `result`. Raises NotRecorded."""

    def result(self, token: object, evidence: Evidence) -> None:
        """Write down what came of it."""
