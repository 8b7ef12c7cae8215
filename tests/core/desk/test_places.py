"""One copy per data folder."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from core.desk.places import CopyLock, data_folder
from core.desk.simulator_child import listening_socket
from core.errors import StartError


def test_a_second_copy_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    first, second = CopyLock(tmp_path), CopyLock(tmp_path)
    first.take()
    with pytest.raises(StartError, match=r"already runs on .* \(process \d+\)"):
        second.take()
    first.release()
    first.release()
    second.take()
    second.release()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError, match="cannot be made"):
        data_folder(str(tmp_path / "file" / "below"))


def test_a_busy_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(StartError, match=f"simulator.port {port} cannot be used"):
            listening_socket(port)


def test_port_zero_finds_a_free_one() -> None:
    with listening_socket(0) as found:
        assert found.getsockname()[1] > 0
