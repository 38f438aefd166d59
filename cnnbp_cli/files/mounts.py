"""What kind of file system a folder is on, as far as Linux says."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

MOUNTS = Path("/proc/self/mountinfo")

NETWORK = re.compile(
    r"nfs4?|cifs|smb[23]?|smbfs|9p|virtiofs|ceph|lustre|gpfs|beegfs|afs|fuse\.(sshfs|rclone|glusterfs|s3fs)"
)
"""Kinds of file systems that several machines may use at the same time."""


class Mount(NamedTuple):
    """A mounted file system.

    Attributes
    ----------
    kind
        Its type, such as `ext4` or `nfs4`.
    options
        Its own options, such as `local_lock=none`.
    """

    kind: str
    options: frozenset[str]

    @property
    def is_network(self) -> bool:
        """Whether other machines may use it, too."""
        return NETWORK.fullmatch(self.kind) is not None


def mount_of(path: Path) -> Mount | None:
    """The mount of an existing file or folder; None if the system does not say.

    Source: proc_pid_mountinfo(5).
    """
    try:
        device = path.stat().st_dev
        wanted = f"{os.major(device)}:{os.minor(device)}"
        lines = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except (OSError, AttributeError):  # not Linux; os.major exists on POSIX only
        return None
    for line in lines:
        mount, _, file_system = line.partition(" - ")
        kind, _, *options = file_system.split(" ", 2)
        if mount.split(" ", 3)[2] == wanted:
            return Mount(kind, frozenset(",".join(options).split(",")))
    return None
