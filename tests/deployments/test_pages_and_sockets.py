"""Pages by gunicorn, sockets elsewhere: what is posted by form arrives there, whatever the layer does."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.deployments.deployments import Deployment, pages_and_sockets
from tests.deployments.people import Visitor, dialled

split = pytest.mark.parametrize("deployment", ["pages_and_sockets"], indirect=True)


@pytest.fixture
def without_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """gunicorn and an ASGI node with nothing but the database in common."""
    started = pages_and_sockets(tmp_path_factory.mktemp("without_redis"), redis=False)
    yield started
    started.stop()


async def test_without_redis_the_head_check_brings_it(without_redis: Deployment, room: str) -> None:
    await says_by_form(without_redis, room, "found by the head check")


@split
async def test_while_redis_is_gone_the_head_check_brings_it(deployment: Deployment, room: str) -> None:
    redis = deployment.services[0]
    redis.kill()
    try:
        await says_by_form(deployment, room, "while Redis is gone")
    finally:
        redis.start()


async def says_by_form(deployment: Deployment, room: str, text: str) -> None:
    """Post by form; whoever listens on a socket hears it."""
    ada = Visitor(deployment)
    ada.get(f"/chat/{room}/")
    async with dialled(deployment, f"/ws/chat/{room}/") as ben:
        ada.post(f"/chat/{room}/", message=text, nonce="n1")
        assert ada.status == 200
        assert (await ben.until("message"))["message"] == text


@split
async def test_signing_out_at_gunicorn_ends_the_socket(deployment: Deployment, room: str) -> None:
    ada = Visitor(deployment).sign_up(f"out-{room}")
    async with dialled(deployment, visitor=ada) as talk:
        await talk.join(room)
        ada.get(f"/chat/{room}/")
        ada.post("/accounts/sign-out/")
        assert await talk.goodbye() == 4401


@split
def test_posting_leaves_no_connection_to_redis_behind(deployment: Deployment, room: str) -> None:
    ada = Visitor(deployment)
    ada.get(f"/chat/{room}/")
    ada.post(f"/chat/{room}/", message="first", nonce="n0")
    before = clients(deployment)
    for number in range(10):
        ada.post(f"/chat/{room}/", message=f"post {number}", nonce=f"n{number + 1}")
        assert ada.status == 200
    assert clients(deployment) <= before + 2


def clients(deployment: Deployment) -> int:
    """How many connections Redis has."""
    port = str(deployment.services[0].port)
    told = subprocess.run(["redis-cli", "-p", port, "client", "list"], capture_output=True, text=True, check=True)
    return len(told.stdout.strip().splitlines())
