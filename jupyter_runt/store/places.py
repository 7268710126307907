"""Where a store's sockets, locks and journals lie, and whether a disk is a local one."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
from pathlib import Path

from jupyter_runt.errors import StoreError

# Linux limits a socket's path to 108 bytes with the final zero, others to 104; what we put below a runtime folder takes up to 45.
SOCKET_PATH_BYTES = 107 if os.uname().sysname == "Linux" else 103
BELOW_RUNTIME_BYTES = 45

# A name that anybody can foresee, hence the check of the owner.
FAR_FOLDER = "/var/tmp/jupyter-runt-{uid}"  # noqa: S108

STORE_NOTE = "store"
"""In a runtime folder far from its store: the store's path, from which the folder's own name cannot be told."""

# No shared memory between hosts (WAL needs it), and sockets do not work there or reach one host only. 9p is how WSL shows
# Windows drives: local, but without the memory mapping that WAL needs.
NETWORK_FILE_SYSTEMS = re.compile(
    r"9p|afs|beegfs|ceph|cifs|fhgfs|gfs2|glusterfs|gpfs|lustre|ncpfs|nfs4?|ocfs2|orangefs|panfs|pvfs2|smb3?|smbfs|wekafs"
    r"|fuse\.(ceph|gcsfuse|glusterfs|rclone|s3fs|sshfs)"
)


def file_system(path: Path, mountinfo: str) -> str:
    """The type of the file system that holds the absolute `path`, from the text of /proc/self/mountinfo; '' if unknown."""
    best, found = -1, ""
    for line in mountinfo.splitlines():
        mounted, _, source = line.partition(" - ")
        fields = mounted.split(" ")
        if len(fields) < 5 or not source:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields[4])
        # A later line covers an earlier one of the same mount point.
        if len(point) >= best and path.is_relative_to(point):
            best, found = len(point), source.split(" ", 1)[0]
    return found


def on_network(path: Path) -> bool:
    """Whether `path` lies on a network file system, as JupyterHub's homes often do."""
    try:
        mountinfo = Path("/proc/self/mountinfo").read_text(errors="replace")
    except OSError:
        return False
    return NETWORK_FILE_SYSTEMS.fullmatch(file_system(path, mountinfo)) is not None


def runtime_folder(store_path: Path, *, network: bool | None = None) -> Path:
    """The folder, made if need be, for what the processes of one store share beside it: 0700 and our own.

    Beside the store on a local disk, else below /var/tmp: /tmp is aged away, $XDG_RUNTIME_DIR is removed at logout, and
    a network home holds no sockets.
    """
    store = Path(os.path.realpath(store_path))
    beside = store.with_name("run" if store.name == "store.sqlite" else f"{store.stem}.run")
    if network is None:
        network = on_network(store.parent)
    if not network and len(os.fsencode(beside)) + 1 + BELOW_RUNTIME_BYTES <= SOCKET_PATH_BYTES:
        return private_folder(beside)
    far = private_folder(far_folder() / hashlib.sha256(os.fsencode(store)).hexdigest()[:8])
    note = far / STORE_NOTE
    if not note.exists():
        with contextlib.suppress(OSError):  # a full disk: the folder is of use all the same
            note.write_bytes(os.fsencode(store))
    return far


def far_folder() -> Path:
    """Where the runtime folders of those stores are that cannot have it beside them: one for each user."""
    return private_folder(Path(FAR_FOLDER.format(uid=os.geteuid())))


def private_folder(path: Path) -> Path:
    """Makes `path` with mode 0700, or checks the one that is there; StoreError when somebody else could have made it."""
    try:
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o700)
        found = path.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
            if found.st_mode & 0o077:
                path.chmod(0o700)
            return path
    except OSError as error:
        raise StoreError(
            f"The folder {path} for sockets and locks cannot be used: {error.strerror}.",
            remedy="Make it writable for you, or choose another store with --store sqlite:///PATH.",
        ) from error
    raise StoreError(
        f"{path} must be a folder of your own, not a link or somebody else's: sockets and locks go there.",
        remedy="Remove it or have it removed, or choose another store with --store sqlite:///PATH.",
    )
