"""Pages by gunicorn, sockets elsewhere: what is posted by form arrives there, whatever the layer does."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deployments.deployments import Deployment, pages_and_sockets
from tests.deployments.people import Visitor, dialled

split = pytest.mark.parametrize("deployment", ["pages_and_sockets"], indirect=True)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Deployment]]:
    """Start a deployment of one's own."""
    started: list[Deployment] = []

    def start(**named: Any) -> Deployment:
        started.append(pages_and_sockets(tmp_path, **named))
        return started[-1]

    yield start
    for one in started:
        one.stop()


async def test_the_layer_brings_it_without_a_look_at_the_database(start: Callable[..., Deployment], room: str) -> None:
    deployment = start(TESTED_HUBBUB=json.dumps({"HEAD_CHECK_SECONDS": 600}))
    ada = Visitor(deployment)
    ada.get(f"/chat/{room}/")
    async with dialled(deployment, f"/ws/chat/{room}/") as ben:
        ada.post(f"/chat/{room}/", message="first", nonce="n1")  # Ben's node may not have joined the group yet
        ada.post(f"/chat/{room}/", message="through Redis", nonce="n2")
        await ben.until("message", message="through Redis")


async def test_without_redis_the_head_check_brings_it(start: Callable[..., Deployment], room: str) -> None:
    await says_by_form(start(redis=False), room, "found by the head check")


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
