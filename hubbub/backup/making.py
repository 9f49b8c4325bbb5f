"""`hubbub backup`: a checked copy of the database, with the secret, in one file."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings as django_settings
from django.db import Error as DatabaseError
from django.utils.crypto import salted_hmac

from hubbub import __version__
from hubbub.backup import archive, files
from hubbub.backup.archive import Manifest
from hubbub.backup.contents import Contents
from hubbub.backup.database import Database, database, secret_file
from hubbub.backup.errors import BackupError, FailedCheck, WrongUse


def back_up(asked: Path | None, *, force: bool = False) -> tuple[Path, Contents]:
    """Make a backup in the file `asked`, in that folder, or here under a name with the time; where it is and what it
    holds. Raises WrongUse when the name is taken (unless `force`), FailedCheck when what came out is not right; then
    the file is there all the same, under a name that ends in `.faulty`.
    """
    path = _target(asked)
    if not force:
        files.refuse_taken(path)
    try:
        with files.workshop(path.parent) as folder:
            held, wrong = _make(database(), folder)
            path = path.with_name(f"{path.name}.faulty") if wrong else path
            archive.publish(folder / "whole", path, force=force or bool(wrong))
    except OSError as error:
        raise BackupError(f"The backup can't be written to {path.parent}: {error.strerror or error}.") from None
    except (DatabaseError, sqlite3.Error) as error:
        raise BackupError(f"The database can't be copied: {str(error).strip().splitlines()[0]}.") from None
    if wrong:
        raise FailedCheck(f"{path} holds what there is, and that is not right: {'; '.join(wrong)}.")
    return path, held


def _target(asked: Path | None) -> Path:
    name = datetime.now(UTC).strftime("hubbub-backup-%Y%m%dT%H%M%SZ.zip")
    path = Path(name) if asked is None else asked / name if asked.is_dir() else asked
    if not path.parent.is_dir():
        raise WrongUse(f"There is no folder {path.parent}.")
    return path.absolute()


def _make(source: Database, folder: Path) -> tuple[Contents, list[str]]:
    """Put the archive into `folder` as `whole`; what is in it, and its faults."""
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    copy = folder / source.member
    held, wrong = source.copy(copy)
    manifest = Manifest(
        hubbub=__version__, made_at=made_at, vendor=source.vendor, database=source.member,
        sha256=files.sha256(copy), secret=fingerprint(django_settings.SECRET_KEY), contents=held,
    )  # fmt: skip
    archive.write(folder / "whole", manifest, copy, _secret())
    copy.unlink()
    with archive.opened(folder / "whole") as made:
        made.read_database(len)
    return held, wrong


def _secret() -> str | None:
    """The secret, if the server keeps it in a file of its own: without it everybody is signed out on a new machine."""
    file = secret_file()
    return file.read_text().strip() if file is not None and file.exists() else None


def fingerprint(secret: str) -> str:
    """What tells one secret from another and gives neither away."""
    return salted_hmac("hubbub.backup", "", secret=secret, algorithm="sha256").hexdigest()[:16]
