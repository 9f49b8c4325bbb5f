"""Two nodes behind nginx: whoever is at one talks with the other, and when one goes everybody goes on."""

from __future__ import annotations

import asyncio

import pytest

from tests.deployments.deployments import Deployment
from tests.deployments.people import Visitor, dialled
from tests.people import Talk

pytestmark = pytest.mark.parametrize("deployment", ["two_nodes"], indirect=True)


async def test_when_a_node_goes_everybody_goes_on_through_the_other(deployment: Deployment, room: str) -> None:
    ada, ben = Visitor(deployment).sign_up(f"ada-{room}"), Visitor(deployment).sign_up(f"ben-{room}")
    async with dialled(deployment, visitor=ada) as at_one, dialled(deployment, visitor=ben) as at_other:
        for talk in (at_one, at_other):
            await talk.join(room)
        said = await at_one.post(room, "from one to the other")
        await at_other.until("message", id=said["id"])

        deployment.nodes[0].stop()
        closed, left = await who_goes([at_one, at_other])  # one of them: they were at different nodes
        epoch, cursor = (await left.until("welcome"))["epoch"], said["seq"]
        said = await left.post(room, "still here")
        assert said["type"] == "ok"
        async with dialled(deployment, visitor=ada if closed is at_one else ben) as back:
            await back.say(type="join", room=room, since=cursor, epoch=epoch)
            assert (await back.until("message"))["message"] == "still here"
            answer = await back.post(room, "and back")
            await left.until("message", id=answer["id"])

        for number in range(6):
            somebody = Visitor(deployment)
            somebody.get(f"/chat/{room}/")
            somebody.post(f"/chat/{room}/", message=f"form {number}", nonce=f"n{number}")
            assert somebody.status == 200
            await left.until("message", message=f"form {number}")
    deployment.nodes[0].start()


async def who_goes(talks: list[Talk]) -> tuple[Talk, Talk]:
    """(the talk that is said goodbye to with 1012, the one that goes on)."""
    waits = {asyncio.create_task(talk.goodbye()): talk for talk in talks}
    done, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED, timeout=20)
    gone = done.pop()
    assert gone.result() == 1012
    assert pending, "both were at the same node"
    (stays,) = pending
    stays.cancel()
    await asyncio.gather(stays, return_exceptions=True)
    return waits[gone], waits[stays]


def test_a_session_is_good_at_every_node(deployment: Deployment, room: str) -> None:
    ada = Visitor(deployment).sign_up(f"roams-{room}")
    for _ in range(8):
        ada.get(f"/chat/{room}/")
        assert not ada.for_client["you"]["guest"]


async def test_signing_out_at_one_node_ends_the_socket_at_the_other(deployment: Deployment, room: str) -> None:
    ada = Visitor(deployment).sign_up(f"leaves-{room}")
    async with dialled(deployment, visitor=ada) as at_one, dialled(deployment, visitor=ada) as at_other:
        for talk in (at_one, at_other):
            await talk.join(room)
        ada.get(f"/chat/{room}/")
        ada.post("/accounts/sign-out/")
        assert [await talk.goodbye() for talk in (at_one, at_other)] == [4401, 4401]
