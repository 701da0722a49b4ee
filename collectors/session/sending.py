"""How does one command get to one device? Through the guard, into the record, then over the wire."""

from __future__ import annotations

from dataclasses import dataclass

from collectors import guard
from collectors.answering import CannotAsk, platform_of
from collectors.model.evidence import Query
from collectors.session.device_session import LOGIN_LIMIT, LOGIN_TIMEOUT, DeviceSession
from collectors.session.link import LinkLost, Raw, StopSignal
from collectors.session.record import BatchRecord

LOGIN = "login"  # the step of what is asked of every device when it is logged in to


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one answer may take, and how much it may say."""

    timeout: float = LOGIN_TIMEOUT
    bytes: int = LOGIN_LIMIT


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends the commands of one batch to one device."""

    device_session: DeviceSession
    record: BatchRecord
    stop: StopSignal

    def send(
        self,
        query: Query,
        command: str,
        limits: Limits,
        lasting: bool = False,
        root: bool = False,
    ) -> Raw:
        """The answer to a command that the guard lets through. Raises CannotAsk, NotRecorded,
        LinkLost."""
        exact = command.encode()
        of_catalogue = None if query.step == LOGIN else query
        platform = platform_of(self.device_session.device)
        if refusal := guard.refusal(exact, platform, of_catalogue):
            raise CannotAsk(f"the guard does not let this be sent: {refusal}")
        account = self.device_session.account
        self.record.intend(query, f"{account}, root by sudo" if root else account, exact)
        return self.device_session.run(
            exact, limits.timeout, limits.bytes, self.stop, lasting, root
        )

    def open_root_shell(self, query: Query, shell: str) -> Raw:
        """Ask sudo for a shell that stays open. Raises NotRecorded."""
        self.record.intend(query, self.device_session.account, shell.encode())
        try:
            return self.device_session.run(
                b"true", LOGIN_TIMEOUT, LOGIN_LIMIT, self.stop, root=True
            )
        except LinkLost as error:
            return Raw(b"", str(error).encode(), 1)
