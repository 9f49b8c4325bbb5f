"""What must be done once before anybody serves: the tables brought up to date, the static files gathered.

`python -m hubbub.server.prepare` is the same in a process of its own: for servers other than `hubbub serve` before they
start; for the supervisor of several workers before they start and before each rolling restart, with the code that is
installed by then.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hubbub.server.addresses import BadSetting, exit_code
from hubbub.server.first_run import collect_static, make_data_folder, migrate, taking_turns_in


def prepare() -> None:
    """Hold the data folder, make the database and the static files ready. Django must be set up. Raises BadSetting."""
    from django.conf import settings  # late: settings are read when Django is set up
    from django.core.exceptions import ImproperlyConfigured
    from django.db import DatabaseError, connections

    make_data_folder(settings.DATA)
    hold_data_folder()
    with taking_turns_in(settings.DATA):
        try:
            _reach_database()
            migrate()
        except (DatabaseError, ImproperlyConfigured) as error:
            first = str(error).strip().splitlines()[0]
            raise BadSetting(f"The database can't be used: {first}") from None
        finally:
            connections.close_all()
        collect_static(Path(settings.STATIC_ROOT))


def _reach_database() -> None:
    """Raise what is wrong with the address, if anything is: a pool would only say that it has no connection."""
    from django.db import connections  # late: likewise

    connection = connections["default"]
    if connection.vendor == "postgresql":
        with connection.wrap_database_errors:
            connection.Database.connect(**connection.get_connection_params()).close()  # type: ignore[attr-defined]


def hold_data_folder() -> None:
    """Say that the folder is in use, as long as this process lives, so that nobody restores a backup into it.

    Raises BadSetting while somebody does.
    """
    from django.conf import settings  # late: settings are read when Django is set up

    from hubbub import backup

    try:
        backup.hold(settings.DATA)
    except backup.WrongUse as error:
        raise BadSetting(str(error)) from None


def set_up() -> None:
    """Let Django read its settings from the environment. Raises BadSetting."""
    import django  # late: with the environment that was just made
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise BadSetting(str(error).strip().splitlines()[0]) from None


def main(at: str = "") -> int:
    """Prepare; under the address `at` of the server, offer it to an owner. Returns the exit code: 2, with one sentence,
    when that can't be."""
    os.umask(0o077)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hubbub.server.settings")
    return exit_code(lambda: _main(at))


def _main(at: str) -> int:
    set_up()
    prepare()
    if at:
        from hubbub.server import owner_link  # late: models can be imported from here on

        owner_link.offer(at)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
