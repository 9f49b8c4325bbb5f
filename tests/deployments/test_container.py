"""The container files, as far as a machine without containers can tell: what the image runs is run here, in a venv."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.databases import wait_until
from tests.deployments.nginx import Nginx
from tests.servers import ROOT, free_port

DOCKER = ROOT / "deploy" / "docker"


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's (INSTRUCTION, rest), lines that go on joined, comments left out."""
    lines = [line for line in (DOCKER / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    return [(line.partition(" ")[0], line.partition(" ")[2].strip()) for line in joined.splitlines() if line.strip()]


def last(name: str) -> str:
    return [rest for instruction, rest in instructions() if instruction == name][-1]


# ── the image ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as the image builds it; what it needs is here already."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet"]
    command = [*pip, "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    (built,) = folder.glob("hubbub-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment with the installed wheel; its dependencies are this environment's."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python, "install", "--quiet"]
    subprocess.run([*pip, "--no-index", "--no-deps", wheel], check=True, capture_output=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    ours = next(path for path in sys.path if path.endswith("site-packages"))
    (packages / "dependencies.pth").write_text(f"{ours}\n")
    return folder / "bin"


class Container:
    """What the image's ENTRYPOINT and CMD run, with its ENV, in an empty folder in place of /data; not yet started."""

    def __init__(self, programs: Path, folder: Path, **environment: str) -> None:
        self.programs, self.folder = programs, folder
        own = dict(word.split("=", 1) for word in last("ENV").split())
        assert own["HUBBUB_DATA"] == last("WORKDIR") == last("VOLUME") == "/data"
        places = {"HUBBUB_DATA": str(folder), "HUBBUB_PORT": str(free_port()), "HUBBUB_HOST": "127.0.0.1"}
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("HUBBUB_", "DJANGO_", "PYTHON"))}
        self.environment = {**kept, **own, **places, **environment}
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Run what the image runs."""
        command = [*json.loads(last("ENTRYPOINT")), *json.loads(last("CMD"))]
        self.process = subprocess.Popen(
            [self.programs / command[0], *command[1:]], cwd=self.folder, env=self.environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def healthy(self) -> bool:
        """What HEALTHCHECK finds."""
        command = json.loads(re.search(r"CMD (\[.*\])", last("HEALTHCHECK"))[1])
        assert command[0] == "python"
        (copied,) = [rest.split() for name, rest in instructions() if name == "COPY" and command[1] in rest]
        check = subprocess.run(
            [self.programs / "python", ROOT / copied[0]], env=self.environment, capture_output=True, check=False
        )
        return check.returncode == 0

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)


@pytest.fixture(params=[{}, {"HUBBUB_ALLOWED_HOSTS": "chat.example.org,localhost", "HUBBUB_PREFIX": "/talk"}])
def container(request: pytest.FixtureRequest, installed: Path, tmp_path: Path) -> Iterator[Container]:
    """It, as it comes and with a name and a path of its own."""
    container = Container(installed, tmp_path, **request.param)
    yield container
    if container.process is not None:
        container.process.kill()
        container.process.wait()


def test_what_the_image_runs_starts_in_an_empty_folder_from_the_wheel(container: Container) -> None:
    assert not container.healthy()
    container.start()
    wait_until(container.healthy, "it did not become healthy")
    made = {path.name for path in container.folder.iterdir()}
    assert {"hubbub.sqlite3", "secret_key", "static"} <= made
    assert container.stop() == 0
    assert not container.healthy()


def test_the_wheel_is_whole(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    there = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "hubbub").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert there - inside == set()
    assert not any(name.startswith(("tests/", "bench/", "deploy/")) for name in inside)


def test_the_image_is_made_in_two_steps_and_runs_without_rights() -> None:
    names = [name for name, _ in instructions()]
    assert names.count("FROM") == 2
    assert last("USER") not in ("root", "0")
    assert names.index("USER") > max(place for place, name in enumerate(names) if name in ("RUN", "COPY"))
    assert not re.search(r"(?i)(secret|password|token)\w*=", " ".join(rest for _, rest in instructions()))


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    ignored = (DOCKER / "Dockerfile.dockerignore").read_text().split("\n")
    let_in = [line[1:] for line in ignored if line.startswith("!")]
    assert "*" in ignored
    for name, rest in instructions():
        if name == "COPY":
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists(), source
                assert any(fnmatch(source, one) for one in let_in), source


def test_the_extras_that_the_image_installs_exist() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    extras = re.findall(r'(?:\.|hubbub)\[([\w,]+)\]"', " ".join(rest for name, rest in instructions() if name == "RUN"))
    assert len(extras) == 2
    assert extras[0] == extras[1]
    for extra in extras[0].split(","):
        assert re.search(rf"^{extra} = \[", project, re.MULTILINE), extra


# ── the composition ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def composition() -> dict[str, Any]:
    """compose.yaml, read."""
    read: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())
    return read


def test_only_nginx_can_be_reached_from_outside(composition: dict[str, Any]) -> None:
    services = composition["services"]
    assert set(services) == {"hubbub", "nginx", "postgres", "redis"}
    assert {name for name, service in services.items() if "ports" in service} == {"nginx"}
    assert not any("network_mode" in service or service.get("privileged") for service in services.values())


def test_everything_is_watched_and_waits_for_what_it_needs(composition: dict[str, Any]) -> None:
    services = composition["services"]
    for name in ("nginx", "postgres", "redis"):
        assert services[name]["healthcheck"]["test"][0] == "CMD", name
    assert last("HEALTHCHECK")
    for name, needs in {"hubbub": ("postgres", "redis"), "nginx": ("hubbub",)}.items():
        assert dict.fromkeys(needs, "service_healthy") == {
            need: how["condition"] for need, how in services[name]["depends_on"].items()
        }


def test_what_must_last_is_in_a_volume(composition: dict[str, Any]) -> None:
    mounts = composition["services"]["postgres"]["volumes"]
    assert [mount.split(":")[0] for mount in mounts] == list(composition["volumes"])


def test_files_that_are_mounted_and_built_from_exist(composition: dict[str, Any]) -> None:
    for mount in composition["services"]["nginx"]["volumes"]:
        assert (DOCKER / mount.split(":")[0]).exists(), mount
    build = composition["services"]["hubbub"]["build"]
    assert (DOCKER / build["context"] / build["dockerfile"]).exists()


def test_no_secret_stands_in_the_file_and_none_is_forgotten(composition: dict[str, Any]) -> None:
    text = (DOCKER / "compose.yaml").read_text()
    example = dict(re.findall(r"^(\w+)=(.*)$", (DOCKER / "example.env").read_text(), re.MULTILINE))
    assert set(re.findall(r"\$\{(\w+)", text)) == set(example)
    for name in ("HUBBUB_SECRET_KEY", "POSTGRES_PASSWORD"):
        assert example[name] == ""
        assert set(re.findall(rf"\$\{{{name}([^}}]*)\}}", text)) == {":?make .env from example.env"}
    assert composition["services"]["postgres"]["environment"]["POSTGRES_PASSWORD"].startswith("${")


def test_its_environment_is_known_to_hubbub(composition: dict[str, Any]) -> None:
    documented = (ROOT / "docs" / "settings.md").read_text()
    for name in composition["services"]["hubbub"]["environment"]:
        assert f"| `{name}` |" in documented, name


def test_its_nginx_starts_and_is_healthy(composition: dict[str, Any], tmp_path: Path) -> None:
    port, health = free_port(), free_port()
    named = {
        "listen 80;": f"listen 127.0.0.1:{port};",
        "127.0.0.1:81;": f"127.0.0.1:{health};",
        "hubbub:8000": "127.0.0.1:9",
    }
    nginx = Nginx(tmp_path / "nginx", DOCKER / "site.conf", port, named)
    try:
        nginx.start()
        check = composition["services"]["nginx"]["healthcheck"]["test"]
        assert "http://127.0.0.1:81/" in check
        address = f"http://127.0.0.1:{health}/"
        command = [address if word == "http://127.0.0.1:81/" else word for word in check[1:]]
        assert subprocess.run([*command, "--noproxy", "*"], check=False).returncode == 0
    finally:
        nginx.kill()
