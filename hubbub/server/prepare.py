"""What must be done once before anybody serves: the tables brought up to date, the static files gathered.

`python -m hubbub.server.prepare` is the same in a process of its own, for servers other than `hubbub serve`: run it
before they start.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hubbub.server.addresses import BadSetting
from hubbub.server.first_run import collect_static, make_data_folder, migrate, one_at_a_time


def prepare() -> None:
    """Make the database and the static files ready. Django must be set up. Raises BadSetting."""
    from django.conf import settings  # late: settings are read when Django is set up
    from django.core.exceptions import ImproperlyConfigured
    from django.db import DatabaseError

    try:
        make_data_folder(settings.DATA)
        with one_at_a_time(settings.DATA):
            migrate()
            collect_static(Path(settings.STATIC_ROOT))
    except (DatabaseError, ImproperlyConfigured) as error:
        first = str(error).strip().splitlines()[0]
        raise BadSetting(f"The database can't be used: {first}") from None


def set_up() -> None:
    """Let Django read its settings from the environment. Raises BadSetting."""
    import django  # late: with the environment that was just made
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise BadSetting(str(error).strip().splitlines()[0]) from None


def main() -> int:
    """Prepare. Returns the exit code: 2, with one sentence, when that can't be."""
    os.umask(0o077)
    try:
        set_up()
        prepare()
    except BadSetting as error:
        print(f"hubbub: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
