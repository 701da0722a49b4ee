"""One data directory, one server; ports; the environment that the processes share."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.serve import ports
from workbench.serve.place import SOCKET_LIMIT, Place, private
from workbench.serve.plan import ServePlan
from workbench.serve.refusal import StartRefused


def test_the_second_server_is_told_where_the_first_one_is(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.prepare()
    with (
        place.claimed("http://127.0.0.1:8000/"),
        pytest.raises(StartRefused, match=r"running already.* http://127\.0\.0\.1:8000/"),
        place.claimed("http://127.0.0.1:8001/"),
    ):
        pass


def test_the_place_is_free_again_afterwards(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.prepare()
    for _ in range(2):
        with place.claimed("http://127.0.0.1:8000/"):
            pass
    assert not (tmp_path / "running.json").exists()


def test_a_directory_that_cannot_be_made_is_said_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartRefused, match="BOTHWAYS_DATA="):
        Place(tmp_path / "file" / "data").prepare()


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 90)
    assert Place(tmp_path / "d").redis_socket == tmp_path / "d" / "redis.sock"
    assert len(os.fsencode(Place(deep).redis_socket)) <= SOCKET_LIMIT
    assert Place(deep).redis_socket != Place(tmp_path / ("e" * 90)).redis_socket


def test_a_folder_that_others_may_write_is_not_private(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(StartRefused):
        private(folder)
    private(tmp_path / "new")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_in_use_is_said_with_the_next_one(taken: int) -> None:
    with pytest.raises(StartRefused, match=rf"port {taken} .* --port \d+"):
        ports.checked("127.0.0.1", taken, "demo")


def test_an_address_of_another_machine_is_said() -> None:
    with pytest.raises(StartRefused, match="--host"):
        ports.checked("192.0.2.1", 8000, "demo")


def test_names_under_which_it_is_reached() -> None:
    assert ports.names("127.0.0.1") == ["localhost", "127.0.0.1", "[::1]"]
    assert "[2001:db8::1]" in ports.names("2001:db8::1")
    assert socket.gethostname() in ports.names("0.0.0.0")
    assert ports.url("::", 80) == "http://[::1]:80/"


def test_what_the_user_set_stays(tmp_path: Path) -> None:
    plan = ServePlan("up", "127.0.0.1", 8000, tmp_path)
    ours = plan.environment({})
    assert ours["REDIS_URL"].startswith("unix:///") and ours["BOTHWAYS_DATA"] == str(tmp_path)
    assert "REDIS_URL" not in plan.environment({"REDIS_URL": "redis://elsewhere"})
    assert "REDIS_URL" not in plan.environment({"REDIS_URL_FILE": "/run/secrets/redis"})
    assert (
        "bothways.example.org"
        in plan.environment({"BOTHWAYS_URL": "https://bothways.example.org"})["ALLOWED_HOSTS"]
    )


def test_nobody_else_reads_what_is_kept(tmp_path: Path) -> None:
    data = tmp_path / "data"
    Place(data).prepare()
    (data / "bothways.sqlite3").write_text("")
    (data / "bothways.sqlite3").chmod(0o644)
    Place(data).prepare()
    assert data.stat().st_mode & 0o777 == 0o700
    assert (data / "bothways.sqlite3").stat().st_mode & 0o777 == 0o600
