"""Frames a second and key-to-screen time of the real desk in a real terminal, idle and loaded.

The desk runs on the simulated exchange in a terminal of our own making (a pty of 200x55).
A key is typed into the command line; the clock stops when its glyph comes back. Run by hand:
`python -m bench.screen [seconds] [extra book messages a second]`.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GLYPH = b"Q"
"""A letter that stands nowhere else on the desk."""
GAP_S = 0.02
"""A silence so long ends a frame; frames are 83 ms apart."""


class Screen:
    """The desk in a pty, and everything it writes."""

    def __init__(self, data: Path, load: int) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 55, 200, 0, 0))
        command = [sys.executable, "-m", "tui", "--data", str(data)]
        command += ["--load", str(load)] if load else []
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=slave, stdout=slave, stderr=slave, env=environment,
            start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        self.frames = 0
        self.bytes = 0
        self._last_s = 0.0

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self._master, keys)

    def read(self, timeout_s: float) -> bytes:
        """What comes within `timeout_s`, empty when nothing does; counts frames by the way."""
        if not select.select([self._master], [], [], timeout_s)[0]:
            return b""
        data = os.read(self._master, 1 << 16)
        now_s = time.monotonic()
        self.frames += now_s - self._last_s > GAP_S
        self._last_s = now_s
        self.bytes += len(data)
        return data

    def watch(self, seconds: float, until: bytes = b"") -> bytes:
        """Read for `seconds`, or until `until` comes."""
        end, seen = time.monotonic() + seconds, b""
        while (left := end - time.monotonic()) > 0:
            seen = seen[-4096:] + self.read(left)
            if until and until in seen:
                break
        return seen

    def cpu_s(self) -> float:
        """Processor seconds the desk has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def echo_ms(screen: Screen) -> float:
    """Milliseconds from a key to its glyph; NaN after a second without it."""
    started_s = time.monotonic()
    screen.press(GLYPH)
    seen = screen.watch(1.0, GLYPH)
    took_ms = (time.monotonic() - started_s) * 1e3
    screen.press(b"\x7f")
    screen.watch(0.15 + 0.05 * (took_ms % 1))
    return took_ms if GLYPH in seen else float("nan")


def measure(load: int, seconds: float) -> None:
    """One run; prints its figures."""
    folder = tempfile.mkdtemp(prefix="voldesk-bench-")
    Path(folder).chmod(0o755)
    screen = Screen(Path(folder), load)
    try:
        begun_s = time.monotonic()
        screen.watch(20.0, b"VOLDESK")
        paint_s = time.monotonic() - begun_s
        screen.watch(40.0, b"programs may trade")
        ready_s = time.monotonic() - begun_s
        print(f"load +{load:>5}/s  first picture {paint_s:.2f} s, ready to trade {ready_s:.1f} s")
        screen.watch(12.0)
        screen.frames = screen.bytes = 0
        screen.watch(seconds / 2)  # nobody types: these are the frame timer's own pictures
        frames, size = screen.frames / (seconds / 2), screen.bytes / max(1, screen.frames)
        screen.press(b":")
        screen.watch(1.0)
        started_s, cpu_s = time.monotonic(), screen.cpu_s()
        times = []
        while time.monotonic() - started_s < seconds:
            times.append(echo_ms(screen))
        took_s = time.monotonic() - started_s
        share = (screen.cpu_s() - cpu_s) / took_s
        report(load, times, frames, size, share)
    finally:
        screen.process.terminate()
        screen.process.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


def report(load: int, times: list[float], frames: float, size: float, share: float) -> None:
    """Print one line."""
    ordered = sorted(times)
    p95, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * q))] for q in (0.95, 0.99))
    print(
        f"load +{load:>5}/s  keys {len(times):>4}  p50 {statistics.median(times):5.1f} ms  "
        f"p95 {p95:5.1f} ms  p99 {p99:5.1f} ms  frames {frames:4.1f}/s  {size / 1e3:4.1f} kB each  "
        f"cpu {share:.0%} of one core"
    )


def main() -> None:
    """Idle market, then the loaded one."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    loads = [int(sys.argv[2])] if len(sys.argv) > 2 else [0, 2_000]
    for load in loads:
        measure(load, seconds)


if __name__ == "__main__":
    main()
