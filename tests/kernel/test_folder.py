"""The folder of one kernel."""

from __future__ import annotations

from jupyter_runt.kernel.folder import STDERR_CAP, KernelFolder


def test_a_kernels_own_stderr_is_emptied_once_it_is_too_large_and_written_on(tmp_path):
    folder = KernelFolder(tmp_path, "run", 1)
    folder.create()
    with open(folder.stderr, "ab", buffering=0) as kernel:
        kernel.write(b"x" * STDERR_CAP)
        folder.cap_stderr()
        assert folder.stderr.stat().st_size == STDERR_CAP
        kernel.write(b"y")
        folder.cap_stderr()
        kernel.write(b"the last words")
    assert folder.last_words() == "the last words"


def test_a_folder_without_stderr_has_no_last_words(tmp_path):
    folder = KernelFolder(tmp_path, "run", 1)
    folder.cap_stderr()
    assert folder.last_words() == ""
