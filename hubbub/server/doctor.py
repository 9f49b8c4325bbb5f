"""What the doctor looks at in the standalone server: environment, names and proxies, the data folder, static files."""

from __future__ import annotations

import difflib
import os
import re
import stat
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings

import hubbub
from hubbub import doctor
from hubbub.doctor.finding import Finding, ok, problem, warning
from hubbub.server.first_run import is_collected
from hubbub.server.health import free_space

TOKEN_LENGTH = 16
KEY_LENGTH = 32


def register_all() -> None:
    """Let the doctor look at all of this."""
    for topic, look in (
        ("settings", environment), ("settings", secrets), ("proxy", proxy), ("data", data_folder), ("disk", disk),
        ("static", static_files),
    ):  # fmt: skip
        doctor.register(topic, look)


def environment() -> Iterator[Finding]:
    """HUBBUB_… variables that nobody reads: most likely a slip of the pen."""
    known = names_read()
    unknown = [name for name in sorted(os.environ) if name.startswith("HUBBUB_") and name not in known]
    for name in unknown:
        close = difflib.get_close_matches(name, known, 1)
        advice = f"Did you mean {close[0]}?" if close else "docs/settings.md has all names."
        yield warning("settings", f"{name} is set and means nothing.", advice)
    if not unknown:
        yield ok("settings", "Every HUBBUB_ variable that is set is known.")
    if settings.DEBUG:
        yield warning(
            "settings", "HUBBUB_DEBUG is on: errors show the insides.", "Never in public: unset HUBBUB_DEBUG."
        )


@cache
def names_read() -> frozenset[str]:
    """Every HUBBUB_… name that the code mentions."""
    sources = Path(hubbub.__file__).parent.rglob("*.py")
    return frozenset(name for path in sources for name in re.findall(r"\bHUBBUB_[A-Z_]+\b", path.read_text()))


def secrets() -> Iterator[Finding]:
    """The key that signs cookies, and the token for /metrics."""
    many = "sqlite" not in settings.DATABASES["default"]["ENGINE"]
    if many and not os.environ.get("HUBBUB_SECRET_KEY"):
        yield warning("settings", "The secret is this data folder's own; another node makes another.",
                      "Give all nodes the same HUBBUB_SECRET_KEY, or a person is a stranger at each.")  # fmt: skip
    if len(settings.SECRET_KEY) < KEY_LENGTH:
        yield problem("settings", f"The secret has fewer than {KEY_LENGTH} characters: it can be guessed.",
                      "Take a long random HUBBUB_SECRET_KEY.")  # fmt: skip
    if 0 < len(os.environ.get("HUBBUB_METRICS_TOKEN", "")) < TOKEN_LENGTH:
        yield warning("settings", "HUBBUB_METRICS_TOKEN is short: it can be guessed.",
                      f"Take at least {TOKEN_LENGTH} random characters.")  # fmt: skip


def proxy() -> Iterator[Finding]:
    """Names, HTTPS and whose X-Forwarded-For is believed."""
    https, trusted = settings.SESSION_COOKIE_SECURE, os.environ.get("HUBBUB_TRUSTED_PROXIES", "")
    anyone = "*" in settings.ALLOWED_HOSTS
    if https and anyone:
        yield warning("proxy", "It answers under any name.", "Set HUBBUB_ALLOWED_HOSTS to the names it is known by.")
    if https and not trusted:
        yield warning("proxy", "No proxy is trusted: everybody seems to come from its address and shares one quota.",
                      "Set HUBBUB_TRUSTED_PROXIES to the proxy's address.")  # fmt: skip
    if trusted.strip() == "*":
        yield warning("proxy", "Anybody may say where they come from.",
                      "Set it to the proxy's address, unless nobody else reaches the port.")  # fmt: skip
    if https and not anyone and trusted not in ("", "*"):
        yield ok("proxy", "Names, HTTPS and proxy are set.")
    elif not https:
        yield ok("proxy", "No HTTPS proxy is set: right on your own machine, HUBBUB_HTTPS=on elsewhere.")


def data_folder() -> Iterator[Finding]:
    """The folder and what is in it are for the owner alone."""
    data: Path = settings.DATA
    private = [data, data / "secret_key", *data.glob("hubbub.sqlite3*")]
    opened = [path for path in private if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077]
    for path in opened:
        mode, wanted = stat.S_IMODE(path.stat().st_mode), "700" if path.is_dir() else "600"
        yield problem("data", f"{path} is open to others (mode {mode:03o}).", f"chmod {wanted} {path}")
    foreign = [path for path in private if path.exists() and path.stat().st_uid != os.getuid()]
    for path in foreign:
        yield warning(
            "data", f"{path} belongs to another user than the one who asks.", "Run the doctor as the server runs."
        )
    if not opened and not foreign:
        yield ok("data", f"{data} is for its owner alone.")


def disk() -> Iterator[Finding]:
    """Free space where the data folder is."""
    free, low = free_space(settings.DATA), settings.DISK_LOW_MB * 1_000_000
    said = f"{free / 1e9:,.1f} GB are free where {settings.DATA} is."
    if free < low:
        yield warning("disk", said, "Make room: on a full disk nothing is stored.")
    else:
        yield ok("disk", said)


def static_files() -> Iterator[Finding]:
    """This version's files, under hashed names."""
    root = Path(settings.STATIC_ROOT)
    by_hand = not (root / ".collected").exists() and (root / "staticfiles.json").exists()
    if settings.DEBUG or by_hand or is_collected(root):
        yield ok("static", "The static files are gathered.")
    else:
        yield warning("static", "The static files of this version are not gathered.",
                      "“hubbub serve” does it; for another server: hubbub collectstatic --noinput")  # fmt: skip
