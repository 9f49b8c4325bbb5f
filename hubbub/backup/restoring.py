"""`hubbub restore`: from the file to a database that serves, or everything as it was before."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.apps import apps
from django.conf import settings as django_settings
from django.db import Error as DatabaseError
from django.db.migrations.loader import MigrationLoader

from hubbub.backup import archive, files
from hubbub.backup.alone import alone_in
from hubbub.backup.archive import Archive, Manifest
from hubbub.backup.contents import Contents
from hubbub.backup.database import Database, database, secret_file
from hubbub.backup.errors import BackupError, FailedCheck, WrongUse
from hubbub.backup.making import fingerprint
from hubbub.models.epoch import new_epoch


@dataclass
class Restored:
    """What came back: `contents` is what the database holds now; `aside` are the files that were replaced."""

    manifest: Manifest
    contents: Contents
    aside: list[Path] = field(default_factory=list)
    other_secret: bool = False


def restore(path: Path, *, accept_faults: bool = False) -> Restored:
    """Put the backup in `path` in place of the database, and of the secret where the server keeps one, under a new
    epoch. Raises WrongUse when it can't be done now and FailedCheck when the file is not right: nothing was changed.
    """
    target = database()
    try:
        with archive.opened(path) as packed:
            _refuse_other_kind(packed.manifest, target)
            _refuse_newer(packed.manifest)
            with alone_in(_folders(target)):
                return _restore(packed, target, accept_faults)
    except OSError as error:
        raise BackupError(f"The backup can't be restored: {error.strerror or error}. Nothing was changed.") from None
    except (DatabaseError, sqlite3.Error) as error:
        why = str(error).strip().splitlines()[0]
        raise BackupError(f"The backup can't be restored: {why}. Nothing was changed.") from None


def _refuse_other_kind(manifest: Manifest, target: Database) -> None:
    if manifest.vendor != target.vendor:
        raise WrongUse(
            f"This backup is of a database of {manifest.vendor}, and the server's is of {target.vendor}:"
            " set HUBBUB_DATABASE_URL as it was, then restore."
        )


def _refuse_newer(manifest: Manifest) -> None:
    """A backup with migrations that the code here does not have can't be understood by it."""
    loader = MigrationLoader(None)
    known = set(loader.disk_migrations)
    known.update(old for migration in loader.disk_migrations.values() for old in migration.replaces)
    installed = {app.label for app in apps.get_app_configs()}
    unknown = [name for name in manifest.contents.migrations if name[0] in installed and name not in known]
    if unknown:
        raise FailedCheck(
            f"This backup was made by Hubbub {manifest.hubbub}, which is newer (it has {'.'.join(unknown[0])})."
            " Upgrade first, then restore."
        )


def _folders(target: Database) -> list[Path]:
    file = secret_file()
    return [*target.folders, *([file.parent] if file is not None else [])]


def _restore(packed: Archive, target: Database, accept_faults: bool) -> Restored:
    aside = datetime.now(UTC).strftime("before-restore-%Y%m%dT%H%M%SZ")
    promised, epoch = packed.manifest.contents, new_epoch()
    with files.workshop(_workplace(target)) as folder:
        copy = folder / target.member
        packed.unpack_database(copy)
        target.examine(copy, promised)
        held, kept = target.replace(copy, epoch, aside, accept_faults=accept_faults)
    if held.epoch != epoch or not held.same_talk(promised):
        raise FailedCheck("What came back is not what the backup holds. Look at it before you start the server.")
    restored = Restored(packed.manifest, held, [kept] if kept else [])
    _restore_secret(packed, aside, restored)
    return restored


def _workplace(target: Database) -> Path:
    """Beside the database, from where one rename puts it in place."""
    return target.folders[0] if target.folders else Path(os.environ.get("TMPDIR", "/tmp"))  # noqa: S108  a private folder in it


def _restore_secret(packed: Archive, aside: str, restored: Restored) -> None:
    """Put the backup's secret where the server keeps its own; the one that it had stays beside it."""
    file = secret_file()
    if packed.secret is not None and file is not None:
        if file.exists() and file.read_text().strip() != packed.secret:
            kept = file.with_name(f"{file.name}.{aside}")
            os.replace(file, kept)
            restored.aside.append(kept)
        if not file.exists():
            files.keep_private(file, packed.secret + "\n")
    else:
        restored.other_secret = fingerprint(django_settings.SECRET_KEY) != packed.manifest.secret
