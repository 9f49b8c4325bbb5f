"""Is anybody else at this data? Servers hold a lock on their data folder, a restore takes it for itself alone.

The lock is on the folder (flock), so there is no file to leave behind or to own. It ends with the process, however
that ends, and goes on to the processes that it forks.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from hubbub.backup.errors import WrongUse

_held: list[int] = []


def hold(folder: Path) -> None:
    """Say, as long as this process lives, that it uses `folder`. Raises WrongUse while a restore has it."""
    descriptor = os.open(folder, os.O_RDONLY)
    if not _lock(descriptor, fcntl.LOCK_SH):
        os.close(descriptor)
        raise WrongUse(f"A restore into {folder} is under way. Start again when it is done.")
    _held.append(descriptor)


@contextmanager
def alone_in(folders: Iterable[Path]) -> Iterator[None]:
    """Have these folders for oneself. Raises WrongUse while a server uses one."""
    with ExitStack() as stack:
        for folder in sorted(set(folders)):
            descriptor = os.open(folder, os.O_RDONLY)
            stack.callback(os.close, descriptor)
            if not _lock(descriptor, fcntl.LOCK_EX):
                raise WrongUse(f"A server is running on {folder}. Stop it, then restore.")
        yield


def _lock(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: SQLite's own lock still tells
        return True
    return True
