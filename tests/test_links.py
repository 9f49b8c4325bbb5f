"""The tests' own line between two hosts: slow, frozen, cut and whole again."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Iterator

import pytest

from tests.links import Link


class Echo(socketserver.BaseRequestHandler):
    """Says back what it hears, until the other side has finished."""

    def handle(self) -> None:
        while data := self.request.recv(65536):
            self.request.sendall(data)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A reset line is what these tests are about."""


@pytest.fixture
def link() -> Iterator[Link]:
    with Server(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with Link(server.server_address[1]) as link:
            yield link
        server.shutdown()


def call(link: Link) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", link.port), timeout=10)
    line.settimeout(10)
    return line


def heard(line: socket.socket, much: int, seconds: float = 10) -> bytes:
    line.settimeout(seconds)
    data = b""
    while len(data) < much and (more := line.recv(65536)):
        data += more
    return data


def test_what_is_said_arrives_whole_and_so_does_the_end(link: Link) -> None:
    data = bytes(range(256)) * 40_000
    with call(link) as line:
        threading.Thread(target=lambda: (line.sendall(data), line.shutdown(socket.SHUT_WR))).start()
        assert heard(line, len(data) + 1) == data
    assert link.carried["down"] == len(data)


def test_a_slow_line_takes_its_time_each_way_and_keeps_the_order(link: Link) -> None:
    with call(link) as line:
        link.delay(0.2)
        begun = time.monotonic()
        for word in (b"one ", b"two ", b"three"):
            line.sendall(word)
        assert heard(line, 13) == b"one two three"
        assert 0.4 <= time.monotonic() - begun < 5


def test_a_frozen_line_stays_open_and_goes_on_where_it_stopped(link: Link) -> None:
    with call(link) as line:
        link.freeze()
        line.sendall(b"later")
        with pytest.raises(TimeoutError):
            heard(line, 5, 0.3)
        link.heal()
        assert heard(line, 5) == b"later"


def test_who_calls_over_a_frozen_line_is_answered_when_it_is_healed(link: Link) -> None:
    link.freeze()
    with call(link) as line:
        line.sendall(b"anyone?")
        with pytest.raises(TimeoutError):
            heard(line, 1, 0.3)
        link.heal()
        assert heard(line, 7) == b"anyone?"


def test_one_way_can_be_frozen_alone(link: Link) -> None:
    with call(link) as line:
        link.freeze("down")
        line.sendall(b"heard, not answered")
        with pytest.raises(TimeoutError):
            heard(line, 1, 0.3)
        assert link.carried == {"up": 19, "down": 0}


def test_a_frozen_line_takes_no_more_than_the_buffers_of_two_hosts(link: Link) -> None:
    with call(link) as line:
        link.freeze()
        line.settimeout(1)
        with pytest.raises(TimeoutError):
            line.sendall(bytes(1_000_000_000))


def test_a_cut_line_is_reset_and_refuses_until_it_is_healed(link: Link) -> None:
    with call(link) as line:
        link.cut()
        with pytest.raises(ConnectionResetError):
            heard(line, 1)
    with pytest.raises(ConnectionRefusedError):
        call(link)
    link.heal()
    with call(link) as line:
        line.sendall(b"again")
        assert heard(line, 5) == b"again"


def test_a_reset_line_takes_new_calls_at_once(link: Link) -> None:
    with call(link) as line:
        line.sendall(b"x")
        assert heard(line, 1) == b"x"
        assert len(link) == 1
        link.reset()
        with pytest.raises(ConnectionResetError):
            heard(line, 1)
    with call(link) as line:
        line.sendall(b"new")
        assert heard(line, 3) == b"new"


def test_it_can_be_cut_in_the_moment_of_an_answer(link: Link) -> None:
    with call(link) as line:
        line.sendall(b"first ")
        assert heard(line, 6) == b"first "
        cut = link.cut_at("down", b"COMMIT")
        line.sendall(b"then COMMIT")
        with pytest.raises(ConnectionResetError):
            heard(line, 1)
        assert cut.wait(5)
    assert link.carried["up"] == len(b"first then COMMIT")
