from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.errors import StoreError
from core.store.spool import Spool


@contextmanager
def opened(folder: Path, segment_bytes: int = 8_000_000) -> Iterator[Spool]:
    spool = Spool(folder, segment_bytes)
    spool.open()
    try:
        yield spool
    finally:
        spool.close()


def drained(spool: Spool) -> list[bytes]:
    """Everything that waits, taken in order."""
    found = []
    while (record := spool.oldest()) is not None:
        found.append(record.data)
        spool.advance(record.sequence)
    return found


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.spool"))


def test_records_come_back_in_order_and_once(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        spool.append([b"one", b"two"])
        spool.append([b"three"])
        assert spool.pending == 3
        assert drained(spool) == [b"one", b"two", b"three"]
        assert spool.oldest() is None


def test_what_was_not_taken_waits_for_the_next_start(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        spool.append([b"one", b"two"])
        first = spool.oldest()
        assert first is not None
        spool.advance(first.sequence)
    with opened(tmp_path) as spool:
        assert drained(spool) == [b"two"]


@pytest.mark.parametrize("kept", [1, 19, 20, 22])
def test_a_torn_last_record_is_cut_off_and_the_rest_stays(tmp_path: Path, kept: int) -> None:
    with opened(tmp_path) as spool:
        spool.append([b"whole"])
        size = segments(tmp_path)[0].stat().st_size
        spool.append([b"torn"])
    data = segments(tmp_path)[0].read_bytes()
    segments(tmp_path)[0].write_bytes(data[: size + kept])
    with opened(tmp_path) as spool:
        spool.append([b"later"])
        assert drained(spool) == [b"whole", b"later"]


def test_a_damaged_record_does_not_take_its_neighbours_along(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        spool.append([b"before", b"damaged", b"after"])
    data = segments(tmp_path)[0].read_bytes()
    segments(tmp_path)[0].write_bytes(data.replace(b"damaged", b"dAmaged"))
    with opened(tmp_path) as spool:
        assert drained(spool) == [b"before", b"after"]


def test_full_segments_go_when_the_database_has_them(tmp_path: Path) -> None:
    with opened(tmp_path, segment_bytes=100) as spool:
        for number in range(10):
            spool.append([b"%d" % number * 60])
        assert len(segments(tmp_path)) > 5
        assert len(drained(spool)) == 10
        assert len(segments(tmp_path)) == 1
        assert spool.size_bytes == segments(tmp_path)[0].stat().st_size


def test_numbers_go_on_after_everything_was_taken(tmp_path: Path) -> None:
    with opened(tmp_path, segment_bytes=1) as spool:
        spool.append([b"one", b"two"])
        drained(spool)
        stream = spool.stream
    (tmp_path / "position").unlink()
    with opened(tmp_path) as spool:
        spool.append([b"three"])
        record = spool.oldest()
        assert record is not None
        assert record.sequence == 3
        assert spool.stream == stream


def test_a_folder_that_lost_its_files_starts_a_new_stream(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        spool.append([b"one"])
        stream = spool.stream
    for path in (*segments(tmp_path), tmp_path / "position"):
        path.unlink(missing_ok=True)
    with opened(tmp_path) as spool:
        assert spool.stream != stream


def test_numbers_the_database_has_are_not_given_out_again(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        spool.advance(7)
        spool.append([b"next"])
        record = spool.oldest()
        assert record is not None
        assert record.sequence == 8


def test_a_second_desk_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path), pytest.raises(StoreError, match="in use by another desk"):
        Spool(tmp_path).open()


def test_a_write_that_fails_keeps_nothing_and_the_next_one_is_whole(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        spool.append([b"before"])
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (spool.size_bytes + 30, hard))
        try:
            with pytest.raises(StoreError, match="cannot be written"):
                spool.append([b"too long" * 100])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        spool.append([b"after"])
    with opened(tmp_path) as spool:
        assert drained(spool) == [b"before", b"after"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file/spool cannot be used"):
        Spool(tmp_path / "file" / "spool").open()
