"""Access is taken away under load: the open sockets end within a second (ten while Redis is down), and hear nothing
after."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import urllib.parse
import urllib.request
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.faults.clients import within
from tests.faults.cluster import Cluster, now
from tests.faults.matrix.row import Row
from tests.faults.stage import Stage
from tests.servers import ROOT, Server

SIGNED_OUT = 4401
ENDED_SECONDS = 1.0
ENDED_ALONE_SECONDS = 10.0
WAYS = ("sign out", "switch off", "new password", "delete the session")

CLERK = """
import sys, time, uuid
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

def open(name):
    user = User.objects.create(username=name, password="md5$a$" + uuid.uuid4().hex)
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session.save()
    return session.session_key

def switch_off(name):
    user = User.objects.get(username=name)
    user.is_active = False
    user.save()

def new_password(name):
    user = User.objects.get(username=name)
    user.password = "md5$b$" + uuid.uuid4().hex
    user.save()

def delete_session(key):
    Session.objects.filter(pk=key).delete()

print("ready", flush=True)
for line in sys.stdin:
    what, _, whom = line.strip().partition(" ")
    began = time.monotonic()
    print(globals()[what](whom) or began, flush=True)
"""


class Clerk:
    """Another process of the same project, which opens accounts and takes them away. It is no node."""

    def __init__(self, server: Server) -> None:
        command = [sys.executable, "-m", "hubbub.server.cli", "shell", "-c", CLERK]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=server.environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while self._hear() != "ready":  # the shell may say what it imported first
            pass

    def do(self, what: str, whom: str) -> str:
        """Do it; what it says of it: the moment when it began, or the session of a new account."""
        assert self.process.stdin is not None
        print(what, whom, file=self.process.stdin, flush=True)
        return self._hear()

    def end(self) -> None:
        """Let it go."""
        self.process.kill()
        self.process.wait()

    def _hear(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the clerk is gone"
        return line.strip()


@dataclass
class Member:
    """Somebody with an account, and a socket at each node."""

    name: str
    session: str
    sockets: list[ClientConnection] = field(default_factory=list)
    heard: list[float] = field(default_factory=list)
    ends: list[tuple[float, int | None]] = field(default_factory=list)

    async def listen(self, socket: ClientConnection) -> None:
        """Write down when something came, and how and when it ended."""
        with suppress(ConnectionClosed):
            while True:
                if json.loads(await socket.recv())["type"] == "message":
                    self.heard.append(now())
        self.ends.append((now(), socket.close_code))


async def revoked(stage: Stage) -> None:
    """With Redis."""
    await _play(stage, stage.cluster(), ENDED_SECONDS, ways=WAYS[:3])


async def revoked_alone(stage: Stage) -> None:
    """While Redis is down."""
    cluster = stage.cluster()
    cluster.redis.kill()
    await _play(stage, cluster, ENDED_ALONE_SECONDS, ways=WAYS)


async def revoked_by_hand(stage: Stage) -> None:
    """A session's row is deleted by hand: no signal tells; the regular check finds it."""
    await _play(stage, stage.cluster(), ENDED_ALONE_SECONDS, ways=WAYS[3:])


async def _play(stage: Stage, cluster: Cluster, limit: float, ways: tuple[str, ...]) -> None:
    clerk = await asyncio.to_thread(Clerk, cluster.nodes[0])
    try:
        async with stage.ordeal(cluster, pace=0.1) as ordeal, AsyncExitStack() as stack:
            members = [
                await _enter(stack, cluster, clerk, f"{stage.name}-{number}", ordeal.rooms[0])
                for number in range(stage.rounds)
            ]
            await ordeal.talk(1.5)
            for turn in stage.turns():
                await _take_away(stage, cluster, clerk, members[turn], ways[turn % len(ways)], limit)
            await ordeal.talk(1)
    finally:
        clerk.end()
    for member in members:
        stage.figures.bar("nothing after", all(at <= max(end for end, _ in member.ends) for at in member.heard))
        stage.figures.bar(f"Goodbye 4401: {member.ends}", [code for _, code in member.ends] == [SIGNED_OUT] * 2)


async def _enter(stack: AsyncExitStack, cluster: Cluster, clerk: Clerk, name: str, room: str) -> Member:
    member = Member(name, await asyncio.to_thread(clerk.do, "open", name))
    for node in cluster.nodes:
        socket = await stack.enter_async_context(_socket(node, member))
        await socket.send(json.dumps({"type": "join", "room": room}))
        member.sockets.append(socket)
        listening = asyncio.create_task(member.listen(socket))
        stack.callback(listening.cancel)
    return member


def _socket(node: Server, member: Member) -> connect:
    cookie = {"Cookie": f"sessionid={member.session}"}
    return connect(f"{node.ws}/ws/", subprotocols=["hubbub.v1"], additional_headers=cookie, proxy=None)


async def _take_away(
    stage: Stage, cluster: Cluster, clerk: Clerk, member: Member, way: str, limit: float
) -> None:  # fmt: skip
    figures = stage.figures
    figures.bar(f"{member.name} was in and heard the talk", not member.ends and bool(member.heard))
    if way == "sign out":
        began = await asyncio.to_thread(_sign_out, stage.dice.choice(cluster.nodes), member.session)
    else:
        whom = member.session if way == "delete the session" else member.name
        began = float(await asyncio.to_thread(clerk.do, way.replace("the ", "").replace(" ", "_"), whom))
    await within(lambda: len(member.ends) == len(member.sockets), limit * figures.patience + 5)
    ended = [at - began for at, _ in member.ends] + [float("inf")] * (len(member.sockets) - len(member.ends))
    figures.heal += ended
    figures.within(f"the end after “{way}”", max(ended), limit)
    async with _socket(stage.dice.choice(cluster.nodes), member) as again:
        you = json.loads(await again.recv())["you"]
        figures.bar(f"after “{way}” the old cookie brings back a stranger, not {you}", you["guest"])


def _sign_out(node: Server, session: str) -> float:
    """As the button of a page does it; the moment in which it was pressed."""
    request = urllib.request.Request(f"{node.url}/chat/", headers={"Cookie": f"sessionid={session}"})
    with urllib.request.urlopen(request, timeout=20) as page:
        csrf = next(one for one in page.headers.get_all("Set-Cookie") if one.startswith("csrftoken="))
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode())
    assert token is not None, "no form on the page: not signed in"
    cookies = f"sessionid={session}; {csrf.partition(';')[0]}"
    body = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1]}).encode()
    out = urllib.request.Request(f"{node.url}/accounts/sign-out/", data=body, headers={"Cookie": cookies})
    pressed = now()
    with urllib.request.urlopen(out, timeout=20):
        return pressed


BAR = "all sockets of the account end (the time to heal is that)"
ROWS = [
    Row("revoked", "access revoked during load: signed out, switched off, new password",
        f"{BAR} ≤ 1 s, at both nodes; nothing after", revoked, short=3, long=24),
    Row("revoked-alone", "the same while Redis is down", f"{BAR} ≤ 10 s, at both nodes; nothing after",
        revoked_alone, short=2, long=12),
    Row("revoked-by-hand", "a session deleted in the database by hand", f"{BAR} ≤ 10 s; nothing after",
        revoked_by_hand, short=1, long=6),
]  # fmt: skip
