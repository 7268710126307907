"""Small real disks: one that can be filled, and one that fails as a broken one does. Both need root; without it, a skip says so."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

CHUNK = b"\0" * 4096


def mount(*arguments: object) -> None:
    """Skips the test where that is not allowed."""
    done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")


class Disk:
    """A file system at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filling = path / "fill"

    def fill(self) -> None:
        """Leaves no room at all."""
        descriptor = os.open(self._filling, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for piece in (CHUNK, b"\0"):
            with suppress(OSError):
                while os.write(descriptor, piece):
                    pass
        os.close(descriptor)

    def free(self) -> None:
        """Room again."""
        self._filling.unlink()

    def unmount(self) -> None:
        """CalledProcessError while somebody has a file of it open."""
        subprocess.run(["umount", self.path], capture_output=True, check=True)

    def leave(self) -> None:
        """Also while somebody has a file of it open."""
        subprocess.run(["umount", "--lazy", self.path], check=False)


@contextmanager
def small_disk(path: Path, size: str) -> Iterator[Disk]:
    """In memory."""
    path.mkdir(parents=True, exist_ok=True)
    mount("-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", path)
    made = Disk(path)
    try:
        yield made
    finally:
        made.leave()


class BreakableDisk(Disk):
    """ext4 in a file: after `break_` it takes nothing more, as when a real disk fails; `repair` is what people do then."""

    def __init__(self, path: Path, image: Path) -> None:
        super().__init__(path)
        self._image = image

    def attach(self) -> None:
        mount("-o", "loop,errors=remount-ro", self._image, self.path)

    def break_(self) -> None:
        source = next(
            line.split()[0] for line in Path("/proc/mounts").read_text().splitlines() if str(self.path) in line
        )
        trigger = Path(f"/sys/fs/ext4/{Path(source).name}/trigger_fs_error")
        if not trigger.exists():
            pytest.skip("this kernel cannot make a file system fail")
        trigger.write_text("1")

    def repair(self) -> None:
        """Nobody may have a file of it open."""
        self.unmount()
        subprocess.run(
            ["fsck.ext4", "-p", "-f", self._image], capture_output=True, check=False
        )  # 1: it mended something
        self.attach()


@contextmanager
def breakable_disk(path: Path, image: Path) -> Iterator[BreakableDisk]:
    """16 MB."""
    path.mkdir(parents=True, exist_ok=True)
    with image.open("wb") as file:
        file.truncate(16 << 20)
    try:
        subprocess.run(["mkfs.ext4", "-q", image], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("there is no mkfs.ext4")
    made = BreakableDisk(path, image)
    made.attach()
    try:
        yield made
    finally:
        made.leave()
