"""`hubbub owner-link`: a new link by which somebody becomes the owner of a server that has none."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from hubbub.server import owner_link


class Command(BaseCommand):
    """Print the link. The one before it is void."""

    help = "Makes a link by which whoever opens it becomes the owner of this server, as long as it has none."

    def add_arguments(self, parser: CommandParser) -> None:
        """The server's address, where it is not the usual one."""
        where = f"http://{os.environ.get('HUBBUB_HOST', '127.0.0.1')}:{os.environ.get('HUBBUB_PORT', '8000')}"
        parser.add_argument(
            "--url", default=where + settings.PREFIX, help="address of the server, such as https://chat.example.org"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the link, or say who owns the server."""
        if owner_link.has_owner():
            raise CommandError("This server has an owner, who gets a new password by “hubbub changepassword NAME”.")
        self.stdout.write(owner_link.address(options["url"], owner_link.make()))
