"""Paths of keys and of known hosts may come from a web form: only ordinary files of a bearable size
are read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from collectors.model.inventory import Login
from collectors.session.hostkeys import KnownKeys, known_keys, remember
from collectors.session.link import LoginFailed
from collectors.session.secrets import private_key


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """A pipe that nobody writes into: who opens it for reading waits for ever."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


@pytest.mark.parametrize("path", ["/dev/zero", "/proc/self/mem", "/etc"])
def test_a_key_is_an_ordinary_file(path: str) -> None:
    with pytest.raises(LoginFailed):
        private_key(Login("192.0.2.1", key=path))


def test_a_key_is_no_pipe(pipe: Path) -> None:
    with pytest.raises(LoginFailed):
        private_key(Login("192.0.2.1", key=str(pipe)))


def test_what_is_no_key_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "shadow").write_text("root:a-secret-of-this-machine")
    with pytest.raises(LoginFailed) as refused:
        private_key(Login("192.0.2.1", key=str(tmp_path / "shadow")))
    assert "a-secret" not in str(refused.value)


def test_known_hosts_are_no_pipe(pipe: Path) -> None:
    assert known_keys("192.0.2.1", 22, str(pipe)).keys == ()


def test_a_new_key_is_not_written_into_a_pipe(pipe: Path) -> None:
    from paramiko import ECDSAKey

    remember(KnownKeys("192.0.2.1", (pipe,)), ECDSAKey.generate())
