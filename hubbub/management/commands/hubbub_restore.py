"""`manage.py hubbub_restore FILE`, and `hubbub restore FILE` on the standalone server."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hubbub.backup import BackupError, restore


class Command(BaseCommand):
    """The door to `hubbub.backup.restore`."""

    help = (
        "Put a backup in place of the database, and of the server's secret. The server must be stopped. Exit code 0:"
        " done and checked; 1: the file is not right, or it failed; 2: it can't be done as asked."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FILE and --accept-faults."""
        parser.add_argument("file", type=Path, help="a file that “backup” made")
        parser.add_argument(
            "--accept-faults", action="store_true", help="also when its numbering is not right (a file named .faulty)"
        )

    def handle(self, *args: Any, file: Path, accept_faults: bool, **options: Any) -> None:
        """Restore it and say what came back."""
        try:
            restored = restore(file, accept_faults=accept_faults)
        except BackupError as error:
            raise CommandError(str(error), returncode=error.exit_code) from None
        except KeyboardInterrupt:
            raise CommandError("Interrupted. The database is as it was.") from None
        self.stdout.write(f"Restored the backup of {restored.manifest.made_at}: {restored.contents.said}.")
        for path in restored.aside:
            self.stdout.write(f"What was there before is in {path}.")
        if restored.other_secret:
            self.stderr.write(
                "The server's secret is not the backup's: everybody must sign in again, guests are strangers."
            )
