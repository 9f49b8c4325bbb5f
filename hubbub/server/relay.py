"""Among the workers of one supervisor: what one says to a group, the others in that group hear.

Keeps nothing and waits for nobody: a worker that does not read misses what does not fit into its line.
"""

from __future__ import annotations

from collections import defaultdict

from hubbub.server.line import Line, Said


class Relay:
    """The supervisor's side of all lines. `take` is what each line's `heard` calls."""

    def __init__(self) -> None:
        self._groups: dict[str, set[Line]] = defaultdict(set)

    def take(self, line: Line, said: Said, raw: bytes) -> None:
        """A worker follows a group, leaves it, or says something to the others in it."""
        match said.what:
            case "add":
                self._groups[said.group].add(line)
            case "discard":
                self._leave(line, said.group)
            case "send":
                for other in self._groups.get(said.group, ()):
                    if other is not line:
                        other.pass_on(raw)

    def forget(self, line: Line) -> None:
        """The worker at the other end has gone."""
        for group in [group for group, lines in self._groups.items() if line in lines]:
            self._leave(line, group)

    def _leave(self, line: Line, group: str) -> None:
        lines = self._groups.get(group, set())
        lines.discard(line)
        if not lines:
            self._groups.pop(group, None)
