"""Files of a backup on their way: private, whole or not there, on disk when we say so."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from hubbub.backup.errors import WrongUse

_PARTIAL = ".hubbub-partial-"


@contextmanager
def workshop(beside: Path) -> Iterator[Path]:
    """A private folder in `beside` for files that are not whole yet. What a killed process left there goes first."""
    _sweep(beside)
    folder = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=beside))
    lock = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(lock, fcntl.LOCK_SH)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _sweep(beside: Path) -> None:
    for left in beside.glob(f"{_PARTIAL}*"):
        with suppress(OSError):
            lock = os.open(left, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(lock)


def refuse_taken(path: Path) -> None:
    """Raise WrongUse when there is a file of this name."""
    if path.exists():
        raise WrongUse(f"{path} is there already. Choose another name, or say --force.")


def private(path: Path) -> IO[bytes]:
    """A new file for its owner alone."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")


def keep_private(path: Path, text: str) -> None:
    """A new private file with `text`, owned as its folder is when root makes it."""
    with private(path) as file:
        file.write(text.encode())
    own_like(path.parent, path)


def own_like(folder: Path, path: Path) -> None:
    """Who restores as root leaves files that the server's own user can use."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def sync_file(path: Path) -> None:
    """Return when the file's content is on disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Let a new name in `folder` outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256(path: Path) -> str:
    """The file's digest in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
