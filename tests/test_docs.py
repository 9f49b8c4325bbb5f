"""The documents say what is true: what is generated is up to date, links lead somewhere, and README's script runs."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import re
import subprocess
import sys
import time
import urllib.request
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from websockets.sync.client import connect

from hubbub.conf import KNOWN, Settings
from hubbub.errors import Goodbye
from tests import stack
from tests.conftest import StartServer
from tests.servers import ROOT, Server

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SOURCES = sorted((ROOT / "hubbub").rglob("*.py"))


def text_of(name: str) -> str:
    return (ROOT / name).read_text()


@cache
def code() -> str:
    """All Python and JavaScript of Hubbub."""
    return "\n".join(path.read_text() for path in [*SOURCES, *(ROOT / "hubbub" / "static").rglob("*.js")])


@cache
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_docs", ROOT / "scripts" / "generate_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# ── what is generated ───────────────────────────────────────────────────────────────────────────────


def check() -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "scripts/generate_docs.py", "--check"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_generated_documents_are_up_to_date() -> None:
    run = check()
    assert run.returncode == 0, run.stderr


def test_a_document_out_of_date_is_noticed_and_not_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = generator()
    for name in ("protocol.md", "settings.md", "asyncapi.json"):
        (tmp_path / name).write_text((made.DOCS / name).read_text())
    monkeypatch.setattr(made, "DOCS", tmp_path)
    monkeypatch.setattr(made, "ROOT", tmp_path)
    monkeypatch.setattr(made, "environment_asked", lambda: set(made.ENVIRONMENT))
    assert made.main(["--check"]) == 0

    stale = (tmp_path / "settings.md").read_text().replace("Longest message", "Shortest message")
    (tmp_path / "settings.md").write_text(stale)
    assert made.main(["--check"]) == 1
    assert "settings.md is out of date" in capsys.readouterr().err
    assert (tmp_path / "settings.md").read_text() == stale

    assert made.main([]) == 0
    assert made.main(["--check"]) == 0


def test_a_field_without_a_sentence_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    made = generator()
    monkeypatch.delitem(sys.modules["scripts.reference.words"].FIELDS, "retry_after")
    assert made.main(["--check"]) == 1


def test_an_environment_variable_without_a_sentence_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    made = generator()
    monkeypatch.delitem(made.ENVIRONMENT, "HUBBUB_DEBUG")
    assert made.main(["--check"]) == 1


def test_every_reference_of_the_asyncapi_file_resolves() -> None:
    document = json.loads(text_of("docs/asyncapi.json"))

    def references(part: object) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            return own + [ref for value in part.values() for ref in references(value)]
        return [ref for value in part for ref in references(value)] if isinstance(part, list) else []

    found = references(document)
    assert found
    for reference in found:
        part = document
        for step in reference.removeprefix("#/").split("/"):
            part = part[step]


# ── what the code has, the documents have ───────────────────────────────────────────────────────────


def test_every_setting_is_documented() -> None:
    missing = [key for key in KNOWN if f"| `{key}` |" not in text_of("docs/settings.md")]
    assert missing == []


def test_every_environment_variable_is_documented() -> None:
    asked = generator().environment_asked()
    assert {"HUBBUB_DATA", "HUBBUB_PORT", "HUBBUB_HTTPS"} <= asked
    assert [name for name in asked if f"| `{name}` |" not in text_of("docs/settings.md")] == []


def test_every_name_of_the_environment_in_the_documents_is_real() -> None:
    real = generator().environment_asked() | {stack.CHOICE}  # the tests' own
    named = {name for path in DOCUMENTS for name in re.findall(r"\bHUBBUB_[A-Z_]+\b", path.read_text())}
    assert named - real == set()


def test_every_refusal_code_is_documented() -> None:
    used = set(re.findall(r'\bRefusal\(\s*"(\w+)"', code()))
    assert {"bad_frame", "try_again", "rate_limited"} <= used
    assert [name for name in sorted(used) if f"| `{name}` |" not in text_of("docs/protocol.md")] == []


def test_every_goodbye_is_documented() -> None:
    protocol = text_of("docs/protocol.md")
    assert [g.name for g in Goodbye if f"| {int(g)} | `{g.name}` |" not in protocol] == []


def test_the_limits_told_in_the_protocol_are_the_defaults() -> None:
    told = text_of("docs/protocol.md").partition("## How much, how fast")[2]
    defaults = Settings()
    numbers = (
        f"{defaults.message_length:,} characters", f"{defaults.frame_bytes // 1024} KiB",
        f"{defaults.rooms_per_socket} rooms",
        f"{defaults.posts_per_second} posts", f"{defaults.posts_per_minute} a minute",
        f"{defaults.posts_per_minute_address:,} a minute", f"{defaults.sockets_per_person} open sockets",
        f"an address {defaults.sockets_per_address}", f"{defaults.bad_frames_per_minute} frames",
        f"{defaults.backlog_bytes // 2**20} MiB", f"{defaults.presence_limit} people",
    )  # fmt: skip
    assert [number for number in numbers if number not in told] == []


# ── what the documents name is there ────────────────────────────────────────────────────────────────


def slug(heading: str) -> str:
    """A heading's anchor, as GitHub and its like make it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(path: Path) -> set[str]:
    prose = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    return {slug(heading) for heading in re.findall(r"^#+ (.+)$", prose, flags=re.MULTILINE)}


def links(path: Path) -> list[str]:
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text(), flags=re.DOTALL)
    return re.findall(r"\]\(([^)\s]+)\)", prose) + re.findall(r'(?:src|srcset)="([^"]+)"', prose)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    for link in links(path):
        if "://" in link or link.startswith("mailto:"):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(target), f"{link} has no such heading"


def named_files(path: Path) -> set[str]:
    return set(re.findall(r"`((?:hubbub|scripts|tests|bench)/[\w/.]+\.\w+)`", path.read_text()))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_a_document_names_exist(path: Path) -> None:
    assert [name for name in named_files(path) if not (ROOT / name).exists()] == []


def test_functions_that_the_walk_names_exist() -> None:
    named = set(re.findall(r"`(?:[\w.]+\.)?(\w+)\(\)`", text_of("docs/life-of-a-message.md")))
    assert len(named) > 30
    defined = set(re.findall(r"\bdef (\w+)\(", code())) | set(re.findall(r"^  (?:async )?#?(\w+)\(", code(), re.M))
    assert named - defined == set()


def test_what_make_does_is_what_the_documents_say() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), flags=re.MULTILINE))
    called = {target for path in DOCUMENTS for target in re.findall(r"\bmake ([a-z]+)\b", path.read_text())}
    commands = {
        target for target in called if target in {"run", "test", "lint", "bench", "screenshots", "docs", "help"}
    }
    assert {"run", "test", "help"} <= commands <= targets


# ── README's script ─────────────────────────────────────────────────────────────────────────────────


def script() -> str:
    """The ten lines of README."""
    block = re.search(r"```python\n(.*?)```", text_of("README.md"), flags=re.DOTALL)
    assert block is not None
    return block[1]


def test_the_script_has_ten_lines() -> None:
    assert len(script().splitlines()) == 10


def test_the_script_of_the_readme_talks_in_the_room(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server()
    file = tmp_path / "hello.py"
    assert "ws://127.0.0.1:8000/" in script()
    file.write_text(script().replace("ws://127.0.0.1:8000/", f"{server.ws}/"))
    run = subprocess.Popen([sys.executable, "-u", str(file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        with connect(f"{server.ws}/ws/chat/lobby/?since=0") as room:
            assert '"Hello from ten lines of Python"' in room.recv(timeout=20)
            room.send('{"message": ""}')
            assert '"refused"' in room.recv(timeout=20)
            room.send('{"message": "bye"}')
        out, errors = run.communicate(timeout=20)
    finally:
        run.kill()
    assert run.returncode == 0, errors
    assert re.fullmatch(r"\w+ \w+ says Hello from ten lines of Python\n\w+ \w+ says bye\n", out)


def test_the_terminal_line_of_the_readme_talks_in_the_room(start_server: StartServer) -> None:
    server = start_server()
    line = re.search(r"^\.venv/bin/(websockets) (ws://127\.0\.0\.1:8000/\S+)\n(\{.*\})$", text_of("README.md"), re.M)
    assert line is not None
    address = line[2].replace("ws://127.0.0.1:8000", server.ws)
    with connect(address) as room:
        typed_in(address, line[3])
        assert '"message":"typed in a terminal"' in room.recv(timeout=20)


def typed_in(address: str, line: str) -> None:
    """Type `line` into the interactive client, and leave."""
    client = subprocess.Popen(
        [sys.executable, "-m", "websockets", address],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert client.stdin is not None
    time.sleep(1.5)
    with contextlib.suppress(BrokenPipeError):
        client.stdin.write(line + "\n")
        client.stdin.flush()
    time.sleep(0.5)
    client.communicate(timeout=20)


def test_the_scripts_guest_stays_the_same_with_the_cookie_of_a_page(start_server: StartServer) -> None:
    """As docs/protocol.md says under “Who you are”."""
    server = start_server()
    cookie = guest_cookie(server)
    ids = []
    for _ in range(2):
        with connect(f"{server.ws}/ws/", additional_headers={"Cookie": cookie}) as socket:
            welcome = str(socket.recv(timeout=20))
            ids.append(re.search(r'"you":\{"id":"(\w+)"', welcome)[1])  # type: ignore[index]  # it is there, or it fails
    assert ids[0] == ids[1]


def guest_cookie(server: Server) -> str:
    with urllib.request.urlopen(f"{server.url}/chat/lobby/", timeout=20) as page:
        cookies = page.headers.get_all("Set-Cookie")
    return next(cookie.partition(";")[0] for cookie in cookies if cookie.startswith("hubbub_guest="))
