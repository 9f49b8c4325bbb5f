"""The systemd units: each command is run as it stands there, with the environment file that comes with it."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.databases import wait_until
from tests.servers import ROOT, free_port

UNITS = ROOT / "deploy" / "systemd"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
PROGRAMS = Path(sys.executable).parent
PORTS = {"hubbub.service": "8000", "hubbub@.service": "%i", "hubbub-pages.service": "8080"}


def section(unit: str, name: str) -> list[tuple[str, str]]:
    """The (directive, value)s of a section."""
    text = (UNITS / unit).read_text().partition(f"[{name}]\n")[2].partition("\n[")[0]
    return [tuple(line.split("=", 1)) for line in text.splitlines() if line and not line.startswith("#")]  # type: ignore[misc]


def value(unit: str, directive: str) -> str:
    return dict(section(unit, "Service"))[directive]


def environment_file() -> dict[str, str]:
    return dict(re.findall(r"^(HUBBUB_\w+)=(.*)$", (UNITS / "hubbub.env").read_text(), re.MULTILINE))


@pytest.mark.parametrize("unit", SERVICES)
def test_what_a_unit_starts_serves_and_stops(unit: str, tmp_path: Path) -> None:
    port = str(free_port())
    own = dict(value.split("=", 1) for name, value in section(unit, "Service") if name == "Environment")
    environment = {"PATH": "/usr/bin:/bin", **environment_file(), **own, "HUBBUB_DATA": str(tmp_path / "data")}
    if unit == "hubbub.service":
        environment["HUBBUB_PORT"] = port
    for name, command in section(unit, "Service"):
        if name == "ExecStartPre":
            subprocess.run(here(command, unit, port), env=environment, cwd=tmp_path, check=True)
    with (tmp_path / "log").open("wb") as log:
        command = here(value(unit, "ExecStart"), unit, port)
        process = subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=log, stderr=log)
    try:
        wait_until(lambda: process.poll() is not None or answers(port), f"{unit} did not start")
        assert answers(port), (tmp_path / "log").read_text()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.wait()


def here(command: str, unit: str, port: str) -> list[str]:
    """A unit's command with the programs of this environment, on this port."""
    program, *arguments = shlex.split(command)
    assert program.startswith("/opt/hubbub/env/bin/")
    return [str(PROGRAMS / Path(program).name), *(word.replace(PORTS[unit], port) for word in arguments)]


def answers(port: str) -> bool:
    name = environment_file()["HUBBUB_ALLOWED_HOSTS"].split(",")[0]
    request = urllib.request.Request(f"http://127.0.0.1:{port}/readyz", headers={"Host": name})
    try:
        return urllib.request.urlopen(request, timeout=5).status == 200
    except OSError:
        return False


@pytest.mark.parametrize("unit", SERVICES)
def test_a_unit_runs_without_rights_and_writes_in_one_place(unit: str) -> None:
    for directive, wanted in {
        "User": "hubbub", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "CapabilityBoundingSet": "",
        "StateDirectory": "hubbub", "StateDirectoryMode": "0700", "UMask": "0077", "Restart": "on-failure",
        "EnvironmentFile": "/etc/hubbub/hubbub.env",
    }.items():  # fmt: skip
        assert value(unit, directive) == wanted, directive
    assert environment_file()["HUBBUB_DATA"] == f"/var/lib/{value(unit, 'StateDirectory')}"
    assert int(value(unit, "TimeoutStopSec")) > 10  # G7: gone within ten seconds


def test_the_environment_file_names_what_there_is() -> None:
    named = set(re.findall(r"^#?(HUBBUB_\w+)=", (UNITS / "hubbub.env").read_text(), re.MULTILINE))
    documented = set(re.findall(r"^\| `(HUBBUB_\w+)` \|", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE))
    assert named - documented == set()
