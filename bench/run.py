"""One run of the benchmark: its folder, how thorough it is, and the servers that it lends out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.servers import Server, flush, running, start_hubbub, start_tutorial
from bench.visitor import Visitor, sign_in


@dataclass
class Run:
    """Where the run keeps its files, whether it is in a hurry, and how it says what it does."""

    folder: Path
    quick: bool
    say: Callable[[str], None]
    folders: int = 0

    def pick(self, thorough: int, quick: int) -> int:
        """Returns the count for this run."""
        return quick if self.quick else thorough

    def new_data(self) -> Path:
        """Returns a data folder that does not exist yet."""
        self.folders += 1
        return self.folder / f"hubbub-{self.folders}"

    @contextmanager
    def hubbub(self) -> Iterator[Server]:
        """A Hubbub with an empty database."""
        with running(start_hubbub(self.new_data())) as server:
            yield server

    @contextmanager
    def visited(self) -> Iterator[tuple[Server, Visitor]]:
        """A Hubbub with somebody signed in, started after the account was made."""
        data = self.new_data()
        start_hubbub(data).stop()
        visitor = sign_in(data)
        with running(start_hubbub(data)) as server:
            yield server, visitor

    @contextmanager
    def tutorial(self, engine: str, layer: str, address: str) -> Iterator[Server]:
        """The tutorial's chat, with an empty Redis."""
        flush(address)
        with running(start_tutorial(engine, layer, self.folder, address)) as server:
            yield server
