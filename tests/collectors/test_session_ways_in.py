"""Host keys and jump hosts: who answers there, and through which host?"""

from __future__ import annotations

from pathlib import Path

import pytest

from collectors.inventory.file import from_dict
from collectors.model.evidence import Evidence, Query, Question, Status
from collectors.session import SshDriver
from tests.collectors.ssh_runs import ADDRESSES, Start, ask, start
from tests.collectors.sshd import Sshd, keygen

__all__ = ["start"]


class TestHostKeys:
    """Is this the device that we think it is?"""

    def test_an_unknown_key_is_refused_with_its_fingerprint(self, start: Start) -> None:
        server = start()
        server.known_hosts.write_text("")
        [item] = ask(server, ADDRESSES)
        assert item.status is Status.NOT_ASKED
        assert "SHA256:" in (item.reason or "") and "--accept-new-host-keys" in (item.reason or "")
        assert server.sent() == []

    def test_an_accepted_key_is_kept(self, start: Start) -> None:
        server = start()
        server.known_hosts.unlink()
        [item] = ask(server, ADDRESSES, accept=True)
        assert item.status is Status.ANSWERED
        [again] = ask(server, ADDRESSES)
        assert again.status is Status.ANSWERED

    @pytest.mark.parametrize("accept", [False, True])
    def test_a_changed_key_is_refused_loudly_even_when_new_ones_are_accepted(
        self, start: Start, tmp_path: Path, accept: bool
    ) -> None:
        server = start()
        server.trust(keygen(tmp_path / "other"))
        [item] = ask(server, ADDRESSES, accept=accept)
        assert item.status is Status.NOT_ASKED
        assert "HAS CHANGED" in (item.reason or "")
        assert server.sent() == []

    def test_a_revoked_key_is_refused(self, start: Start) -> None:
        server = start()
        server.known_hosts.write_text(
            server.known_hosts.read_text() + "@revoked " + server.known_hosts.read_text()
        )
        [item] = ask(server, ADDRESSES)
        assert "revoked" in (item.reason or "")


class TestJumpHosts:
    """Through another host, and through hosts that lead nowhere."""

    def inventory(self, server: Sshd, jumps: dict[str, str]) -> dict[str, object]:
        box = server.inventory()["devices"][0]  # type: ignore[index]
        made = [
            {**box, "name": name, "ssh": {**box["ssh"], "jump": jump}}
            for name, jump in jumps.items()
        ]
        return {"devices": [*made, {**box, "name": "bastion"}]}

    def ask(self, server: Sshd, jumps: dict[str, str], name: str) -> Evidence:
        driver = SshDriver(from_dict(self.inventory(server, jumps)))
        try:
            [item] = driver.ask([Query(name, Question.IDENTITY)])
            return item
        finally:
            driver.close()

    def test_by_the_name_of_a_device(self, start: Start) -> None:
        assert self.ask(start(), {"inner": "bastion"}, "inner").status is Status.ANSWERED

    def test_two_in_a_row(self, start: Start) -> None:
        assert (
            self.ask(start(), {"inner": "middle", "middle": "bastion"}, "inner").status
            is Status.ANSWERED
        )

    def test_by_address(self, start: Start) -> None:
        server = start()
        assert (
            self.ask(server, {"inner": f"{server.user}@127.0.0.1:{server.port}"}, "inner").status
            is Status.ANSWERED
        )

    def test_in_a_circle(self, start: Start) -> None:
        item = self.ask(start(), {"inner": "middle", "middle": "inner"}, "inner")
        assert (item.status, "circle" in (item.reason or "")) == (Status.NOT_ASKED, True)

    def test_a_bastion_that_is_down(self, start: Start) -> None:
        item = self.ask(start(), {"inner": "root@127.0.0.1:1"}, "inner")
        assert item.reason and item.reason.startswith(
            "could not log in: the jump host root@127.0.0.1:1 could not be used"
        )
