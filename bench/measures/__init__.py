"""What is measured: one function a topic, each returns rows of the table of design §8.

Ratios compare figures of one run on one machine, taken in turn. Server CPU comes from /proc and counts every
process of the server; Redis is not counted for the peers that use it.
"""

from collections.abc import Callable

from bench.measures.blackout import blackout
from bench.measures.delivery import against_tutorial, delivery
from bench.measures.pages import room_page, start
from bench.measures.posts import posts
from bench.measures.reading import key_press, long_scroll
from bench.measures.render import cost
from bench.measures.returning import come_back
from bench.measures.search import search, search_million, search_million_postgresql, search_postgresql
from bench.measures.sockets import connect, memory
from bench.run import Run
from bench.table import Row

MEASURES: dict[str, Callable[[Run], list[Row]]] = {
    "delivery": delivery,
    "tutorial": against_tutorial,
    "posts": posts,
    "connect": connect,
    "memory": memory,
    "return": come_back,
    "blackout": blackout,
    "page": room_page,
    "render": cost,
    "search": search,
    "key": key_press,
    "scroll": long_scroll,
    "start": start,
}

# What takes minutes, and is measured only by name.
BY_NAME: dict[str, Callable[[Run], list[Row]]] = {
    "search-million": search_million,
    "search-postgresql": search_postgresql,
    "search-million-postgresql": search_million_postgresql,
}
