"""Database addresses as settings take them: the pool, its size, and how long TCP waits."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubbub.postgresql import Connection
from hubbub.server.addresses import BadSetting, database_of

ADDRESS = "postgres://ada:se%40cret@db.example:5433/chat"


def test_postgresql_comes_with_a_pool_whose_connections_do_not_hang() -> None:
    database = database_of(ADDRESS, Path())
    assert (database["USER"], database["PASSWORD"], database["HOST"], database["PORT"], database["NAME"]) == (
        "ada", "se@cret", "db.example", "5433", "chat",
    )  # fmt: skip
    pool = database["OPTIONS"]["pool"]
    assert pool["connection_class"] is Connection
    assert (pool["min_size"], pool["max_size"]) == (1, 12)
    assert database["CONN_MAX_AGE"] == 0, "Django's pool takes no other"


def test_the_query_sets_the_pool_and_what_else_libpq_knows() -> None:
    options = database_of(f"{ADDRESS}?pool_min=2&pool_max=40&sslmode=require&connect_timeout=9", Path())["OPTIONS"]
    assert (options["pool"]["min_size"], options["pool"]["max_size"]) == (2, 40)
    assert (options["sslmode"], options["connect_timeout"]) == ("require", "9")
    assert "pool_min" not in options
    assert options["tcp_user_timeout"]


@pytest.mark.parametrize("query", ["pool_max=many", "pool_max=5", "pool_min=-1", "pool_min=20"])
def test_a_pool_that_can_not_be_is_said_in_a_sentence(query: str) -> None:
    with pytest.raises(BadSetting, match="pool_max is a number from 6 up"):
        database_of(f"{ADDRESS}?{query}", Path())
