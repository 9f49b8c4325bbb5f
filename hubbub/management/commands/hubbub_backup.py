"""`manage.py hubbub_backup [FILE]`, and `hubbub backup [FILE]` on the standalone server."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hubbub.backup import BackupError, back_up


class Command(BaseCommand):
    """The door to `hubbub.backup.back_up`."""

    help = (
        "Make a backup of the database and the server's secret, while the server runs. Keep the file as safe as the"
        " server: whoever has it can read everything and sign in as anybody. Exit code 0: done and checked; 1: it"
        " failed, or the database is not right; 2: it can't be done as asked."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FILE and --force."""
        parser.add_argument(
            "file",
            nargs="?",
            type=Path,
            help="where to write it: a file, or a folder (default: here, named by the time)",
        )
        parser.add_argument("--force", action="store_true", help="replace a file of that name")

    def handle(self, *args: Any, file: Path | None, force: bool, **options: Any) -> None:
        """Make it and say where it is."""
        try:
            path, held = back_up(file, force=force)
        except BackupError as error:
            raise CommandError(str(error), returncode=error.exit_code) from None
        except KeyboardInterrupt:
            raise CommandError("Interrupted. There is no backup.") from None
        self.stdout.write(f"{path}: {held.said}.")
