"""The workers of one server show each other their figures, each on a unix socket in `HUBBUB_RUN`.

Asked for when somebody wants to know, so nothing is written while nobody does, and a worker that hangs is seen to.
The folder is for its owner alone, which is all the protection there is.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
from pathlib import Path

import msgspec

from hubbub.server.metrics import Snapshot, snapshot

logger = logging.getLogger("hubbub.neighbours")

PATIENCE = 1.0
LONGEST_ADDRESS = 100  # bytes that a unix socket's address may have, and a little less

Answer = tuple[str, Snapshot | None]


def worker() -> str:
    """This worker's number; 0 where there is only one process."""
    return os.environ.get("HUBBUB_WORKER") or "0"


def run_folder() -> Path | None:
    """Where the workers of this server meet; None where there is only one process."""
    folder = os.environ.get("HUBBUB_RUN")
    return Path(folder) if folder else None


async def show() -> asyncio.Server | None:
    """Answer the other workers from now on. None where there are none."""
    folder = run_folder()
    if folder is None:
        return None
    path = folder / f"worker-{worker()}.figures"
    try:
        path.unlink(missing_ok=True)
        return await asyncio.start_unix_server(_answer, _address(path))
    except OSError as error:
        logger.warning("Other workers will not see the figures of this one: %s", error)
        return None


async def _answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        writer.write(msgspec.json.encode(await snapshot()))
        await writer.drain()
    except OSError:
        return  # who asked is gone
    finally:
        writer.close()


async def everyone() -> list[Answer]:
    """The figures of every worker of this server, in order of their numbers; None for one that does not answer."""
    folder = run_folder()
    others = [] if folder is None else [path for path in folder.glob("worker-*.figures") if _number(path) != worker()]
    answers = await asyncio.gather(*(_ask(path) for path in others))
    return sorted([(worker(), await snapshot()), *answers], key=lambda answer: (len(answer[0]), answer[0]))


async def _ask(path: Path) -> Answer:
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_unix_connection(_address(path))
            try:
                return _number(path), msgspec.json.decode(await reader.read())
            finally:
                writer.close()
    except (OSError, msgspec.DecodeError):  # TimeoutError is an OSError
        return _number(path), None


def _number(path: Path) -> str:
    found = re.fullmatch(r"worker-(\w+)\.figures", path.name)
    return found[1] if found else path.name


def _address(path: Path) -> str:
    """The path, or for one too long for a unix socket, the same through an open folder (Linux)."""
    if len(os.fsencode(path)) <= LONGEST_ADDRESS or not Path("/proc/self/fd").exists():
        return str(path)
    global _folder
    if _folder is None:
        _folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    return f"/proc/self/fd/{_folder}/{path.name}"


_folder: int | None = None
