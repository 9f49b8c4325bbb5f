"""A real nginx without rights of its own, with the very files of deploy/nginx: only names and ports are filled in."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from pathlib import Path

from tests.databases import wait_until
from tests.servers import ROOT

FILES = ROOT / "deploy" / "nginx"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
# What Debian's own nginx.conf has, as far as it matters here: where files lie, and what it includes.
MAIN = """
daemon off;
worker_processes 2;
pid nginx.pid;
error_log error.log notice;
events { worker_connections 1024; }
http {
    access_log off;
    gzip on;
    client_body_temp_path body; proxy_temp_path proxy;
    fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    include conf.d/*.conf;
    include sites-enabled/*;
}
"""


class Nginx:
    """nginx with one site of deploy/nginx/sites, or another file, in `folder`.

    `named` is what is filled in: each name must stand in the files.
    """

    def __init__(self, folder: Path, site: str | Path, port: int, named: dict[str, str]) -> None:
        self.folder, self.port = folder, port
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir()
        for part in ("conf.d", "snippets"):
            shutil.copytree(FILES / part, folder / part)
        (folder / "sites-enabled").mkdir()
        self.site = Path(shutil.copy(FILES / "sites" / site, folder / "sites-enabled"))
        (folder / "nginx.conf").write_text(MAIN)
        self._fill(named)
        self._give_away()

    def start(self) -> Nginx:
        """Check the configuration, start, and wait until it listens."""
        check = self._run("-t")
        assert check.returncode == 0, check.stderr
        assert "[warn]" not in check.stderr, check.stderr
        self.process = subprocess.Popen(self._command(), **_unprivileged())
        wait_until(self._listens, "nginx did not start")
        return self

    def kill(self) -> None:
        """End it."""
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=20)
            self.process = None

    @property
    def log(self) -> str:
        """What it complained about."""
        return (self.folder / "error.log").read_text()

    def _fill(self, named: dict[str, str]) -> None:
        files = [self.site, self.folder / "snippets" / "hubbub-tls.conf"]
        text = {file: file.read_text() for file in files}
        for name, value in named.items():
            assert any(name in content for content in text.values()), f"{name} is not in {self.site.name}"
            text = {file: content.replace(name, value) for file, content in text.items()}
        for file, content in text.items():
            file.write_text(content)

    def _give_away(self) -> None:
        """When we are root: to the one who runs it, with a way in."""
        if os.getuid() == 0:
            for path in (self.folder, *self.folder.rglob("*")):
                shutil.chown(path, "nobody")
            for parent in list(self.folder.parents)[:-2]:
                parent.chmod(parent.stat().st_mode | 0o011)

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._command(), *arguments], capture_output=True, text=True, check=False, **_unprivileged()
        )

    def _command(self) -> list[str]:
        return [NGINX, "-e", "error.log", "-p", str(self.folder), "-c", "nginx.conf"]

    def _listens(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def _unprivileged() -> dict[str, object]:
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
