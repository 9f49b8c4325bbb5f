"""The backup file: a zip with `manifest.json`, the database, and the secret if it is kept in a file.

Written under a temporary name and renamed when whole; a file that was torn lacks the end without which no zip opens.
Knows nothing of what is in the database.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec

from hubbub.backup.contents import Contents
from hubbub.backup.errors import FailedCheck, WrongUse
from hubbub.backup.files import private, refuse_taken, sync_folder

FORMAT = 1
MANIFEST, SECRET = "manifest.json", "secret_key"
_MANIFEST_LIMIT, _SECRET_LIMIT = 256 * 2**20, 4096
_CHUNK = 2**20
_LEVEL = 1  # text shrinks well already at the quickest
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError, ValueError)


class Manifest(msgspec.Struct, frozen=True):
    """What the file says about itself. `secret` is the secret's fingerprint, `sha256` the database file's."""

    hubbub: str
    made_at: str
    vendor: str
    database: str
    sha256: str
    secret: str
    contents: Contents
    format: int = FORMAT


# ── making it ──────────────────────────────────────────────────────────────────────────────────────


def write(path: Path, manifest: Manifest, database: Path, secret: str | None) -> None:
    """Pack everything into the new file `path`, on disk when this returns."""
    with private(path) as file:
        with zipfile.ZipFile(file, "w") as packed:
            packed.writestr(_entry(MANIFEST), msgspec.json.format(msgspec.json.encode(manifest), indent=1))
            if secret is not None:
                packed.writestr(_entry(SECRET), secret + "\n")
            with database.open("rb") as source, packed.open(_entry(manifest.database), "w", force_zip64=True) as into:
                shutil.copyfileobj(source, into, _CHUNK)
        file.flush()
        os.fsync(file.fileno())


def _entry(name: str) -> zipfile.ZipInfo:
    """A member that unpacks as private as it was packed."""
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o600 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry._compresslevel = _LEVEL  # type: ignore[attr-defined]  # public from Python 3.13 on
    return entry


def publish(whole: Path, path: Path, *, force: bool) -> None:
    """Give a whole file its name at once. Raises WrongUse when the name is taken, unless `force`."""
    if force:
        os.replace(whole, path)
    else:
        try:
            os.link(whole, path)
        except OSError:  # taken, or a file system without links
            refuse_taken(path)
            os.replace(whole, path)
    sync_folder(path.parent)


# ── using it ───────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """The backup file at `path`. Raises WrongUse when it can't be read."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise WrongUse(f"{path} can't be read: {error.strerror}.") from None
    with file:
        yield Archive(path, file)


class Archive:
    """An opened backup file. Raises FailedCheck when it is torn, foreign, or of a newer format."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self._path = path
        try:
            self._packed = zipfile.ZipFile(file)
            self.manifest = msgspec.json.decode(self._small(MANIFEST, _MANIFEST_LIMIT), type=Manifest)
            self.secret = self._small(SECRET, _SECRET_LIMIT).decode().strip() if self._has(SECRET) else None
        except (*_BROKEN, msgspec.MsgspecError):
            raise FailedCheck(f"{path} is not a whole backup of Hubbub's. Nothing was changed.") from None
        if self.manifest.format > FORMAT:
            raise FailedCheck(f"{path} was made by a newer Hubbub ({self.manifest.hubbub}). Upgrade first.")

    def unpack_database(self, to: Path) -> None:
        """Write the database file to the new file `to`, byte for byte what was packed."""
        with private(to) as target:
            self.read_database(target.write)

    def read_database(self, take: Callable[[bytes], Any]) -> None:
        """Give the database file to `take`, piece by piece. Raises FailedCheck when it is not what was packed."""
        seen = hashlib.sha256()
        try:
            with self._packed.open(self.manifest.database) as source:
                while chunk := source.read(_CHUNK):
                    seen.update(chunk)
                    take(chunk)
        except _BROKEN:
            raise FailedCheck(f"{self._path} is damaged. Nothing was changed.") from None
        if seen.hexdigest() != self.manifest.sha256:
            raise FailedCheck(f"The database in {self._path} is not the one it was made with. Nothing was changed.")

    def _has(self, name: str) -> bool:
        return name in self._packed.namelist()

    def _small(self, name: str, limit: int) -> bytes:
        with self._packed.open(name) as file:
            content = file.read(limit + 1)
        if len(content) > limit:
            raise ValueError(name)
        return content
