"""One of several workers: serves on the socket that its supervisor listens on, and goes when the supervisor goes.

Started by hubbub.server.workers as `python -m hubbub.server.worker SOCKET LINE`, the numbers of two open files.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import socket
import sys
from typing import TYPE_CHECKING

from hubbub.server.addresses import exit_code
from hubbub.server.line import Line, Said
from hubbub.server.prepare import hold_data_folder, set_up

if TYPE_CHECKING:
    from hubbub.server.serve import Server


def main(arguments: list[str]) -> int:
    """Serve until SIGTERM, or until the supervisor has gone. Returns the exit code."""
    os.umask(0o077)
    listener, line = (socket.socket(fileno=int(number)) for number in arguments)
    return exit_code(lambda: _serve(listener, line))


def _serve(listener: socket.socket, line: socket.socket) -> int:
    set_up()
    hold_data_folder()
    from hubbub.server.serve import run  # late: models can be imported from here on

    tie = Tie(line)
    run(listener, tie.fasten)
    if tie.cut:
        shutil.rmtree(os.environ["HUBBUB_RUN"], ignore_errors=True)
    return 0


class Tie:
    """What holds a worker to its supervisor. `cut` tells whether the supervisor went first."""

    def __init__(self, line: socket.socket) -> None:
        self.cut = False
        self._socket = line
        self._server: Server | None = None

    async def fasten(self, server: Server) -> None:
        """The server accepts connections: open the line, join the other workers, say that this one is ready."""
        from hubbub.server.layer import groups  # late: Channels wants Django to be set up

        self._server = server
        line = Line(lambda _, said, __: groups.heard(said), self._lost)
        await asyncio.get_running_loop().create_unix_connection(lambda: line, sock=self._socket)
        groups.connect(line)
        line.say(Said("ready"))

    def _lost(self, _: Line) -> None:
        if self._server is not None and not self._server.should_exit:
            logging.getLogger("hubbub").error("The supervisor has gone; this worker goes too")
            self.cut = self._server.should_exit = True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
