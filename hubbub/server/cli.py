"""`hubbub`: serve, or any Django command of the standalone project.

What can go wrong before the first request is said in one sentence, with exit code 2.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from hubbub import __version__
from hubbub.server.addresses import BadSetting, exit_code
from hubbub.server.first_run import make_data_folder
from hubbub.server.listener import listen
from hubbub.server.prepare import set_up

SETTINGS = "hubbub.server.settings"
MOST_WORKERS = 64


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (default: sys.argv). Returns the exit code."""
    os.umask(0o077)
    arguments = list(sys.argv[1:] if argv is None else argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    serves = not arguments or arguments[0] == "serve" or arguments[0].startswith("-")
    return exit_code(lambda: _serve(arguments) if serves else _django(arguments))


def _serve(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments[1:] if arguments[:1] == ["serve"] else arguments)
    os.environ["HUBBUB_DATA"] = str(options.data)
    data = Path(options.data).resolve()
    make_data_folder(data)
    if options.workers > 1:
        from hubbub.server.workers import serve_with_workers  # late: one process needs none of it

        return serve_with_workers(options.host, options.port, data, options.workers)
    listener = listen(options.host, options.port)  # before all that is slow: who comes meanwhile waits in line
    set_up()
    from hubbub.server.serve import serve  # late: models can be imported from here on

    return serve(listener, options.host, data)


def _django(arguments: list[str]) -> int:
    """Any Django command. `runserver` is Channels' development server, which daphne brings."""
    if arguments[0] == "runserver" and find_spec("daphne") is None:
        raise BadSetting("“runserver” needs daphne: pip install 'hubbub[runserver]'.")
    make_data_folder(Path(os.environ.get("HUBBUB_DATA", "data")).resolve())
    from django.core.management import execute_from_command_line  # late: as above

    _use_no_pool()
    execute_from_command_line(["hubbub", _full_name(arguments[0]), *arguments[1:]])
    return 0


def _use_no_pool() -> None:
    """A command needs one connection, and the reason at once when there is none; a pool tries again and again."""
    from django.conf import settings  # late: as above
    from django.core.exceptions import ImproperlyConfigured

    with suppress(ImproperlyConfigured):  # Django says so itself, unless the command needs no settings
        for database in settings.DATABASES.values():
            database.get("OPTIONS", {}).pop("pool", None)


def _full_name(command: str) -> str:
    """`backup` for `hubbub_backup`: our own commands go by their short names here."""
    name = f"hubbub_{command.replace('-', '_')}"
    ours = (f"{app}.management.commands.{name}" for app in ("hubbub", "hubbub.server"))
    return name if name.isidentifier() and any(find_spec(one) for one in ours) else command


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hubbub",
        description="A chat server. “hubbub” alone serves; “hubbub COMMAND” runs a Django command (hubbub help).",
    )
    parser.add_argument("--version", action="version", version=__version__)
    environment = os.environ.get
    parser.add_argument(
        "--host", default=environment("HUBBUB_HOST", "127.0.0.1"), help="address to listen on (127.0.0.1)"
    )
    parser.add_argument(
        "--port", type=_port, default=environment("HUBBUB_PORT", "8000"), help="port to listen on (8000)"
    )
    parser.add_argument(
        "--data", default=environment("HUBBUB_DATA", "./data"), help="folder of database and secrets (./data)"
    )
    parser.add_argument(
        "--workers", type=_workers, default=environment("HUBBUB_WORKERS", "1"), help="processes on that port (1)"
    )
    return parser


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")
    return int(text)


def _workers(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of workers (1 to {MOST_WORKERS})")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
