"""Hubbub's settings: one `HUBBUB` dict in the host's settings, read when asked for, so `override_settings` works.

Every setting stands in `Settings` with its default and one sentence; `docs/settings.md` is generated from here.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from typing import Any

from django.conf import settings as django_settings
from django.core.signals import setting_changed


def _say(default: Any, sentence: str) -> Any:
    return field(default=default, metadata={"sentence": sentence})


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force. Names are those of the `HUBBUB` dict in upper case."""

    guests: bool = _say(True, "Whether people without an account may read and speak.")
    policy: str = _say(
        "",
        "Dotted path of a callable that returns two flags: whether guests are let in and whether anybody may sign up "
        "now. It may ask the database; each process asks it every two seconds. Empty: they are.",
    )
    create_rooms: bool = _say(True, "Whether a public room comes to exist when somebody first speaks in it.")
    moderator: str = _say(
        "",
        "Dotted path of a callable that takes an account and returns whether it moderates every room that it may read;"
        " empty: staff does.",
    )
    person_name: str = _say(
        "", "Dotted path of a callable that takes an account and returns its display name; empty: built in."
    )
    list_accounts: bool = _say(
        False,
        "Whether accounts that never did anything here are offered too, by parts of their names and with their user"
        " names, where people are added and written to; off: each is found by its exact user name.",
    )
    sign_in_url: str = _say("", "Where pages lead to sign in; empty: the project's LOGIN_URL.")
    sign_up_url: str = _say("", "Where pages lead to sign up; empty: no such link.")
    sign_out_url: str = _say("", "Where the sign-out button posts to; empty: no such button.")
    administration_url: str = _say(
        "", "Where the owner settles how the server is; superusers find it in their profile; empty: no such link."
    )
    socket_url: str = _say("/ws/", "Path of the full socket, as the project's ASGI routing has it.")
    secret_key_file: str = _say(
        "", "File that the project keeps its SECRET_KEY in, so that a backup takes it along; empty: it does not."
    )
    message_length: int = _say(8000, "Longest message, in characters.")
    name_length: int = _say(40, "Longest display name, in characters.")
    frame_bytes: int = _say(65536, "Largest frame taken from a client, in bytes.")
    call_everybody_people: int = _say(
        50, "People in a room up to which everybody may call all of them by @room or @here; past it, moderators may."
    )
    rooms_per_socket: int = _say(50, "Rooms that one socket may join.")
    rooms_listed: int = _say(
        500,
        "Rooms of one's own that pages list and count; those that one socket can't join too are told in brief.",
    )
    edit_hours: float = _say(0.0, "How long after it was sent a message can be edited; 0: for ever.")
    delete_hours: float = _say(
        0.0, "How long after it was sent its author can delete a message; 0: for ever. Moderators always can."
    )
    reactions: int = _say(20, "Different emoji under one message.")
    pins: int = _say(100, "Pinned messages of one room.")
    page_messages: int = _say(50, "Messages of the first page and of each older one.")
    catch_up_limit: int = _say(500, "Documents that a catch-up sends at most; past it the client gets a reset.")
    recent_frames: int = _say(256, "Frames that a node keeps per room for quick resume.")
    backlog_bytes: int = _say(1_048_576, "Bytes a socket may be behind before it is sent away to resume.")
    database_seconds: float = _say(
        4.0, "Longest that a post, a read or a page waits for PostgreSQL; then it is refused, to be tried again."
    )
    head_check_seconds: float = _say(
        4.0, "How often a node asks the database for missed events while a layer carries them."
    )
    head_check_alone_seconds: float = _say(1.0, "The same where no layer joins the processes, or while it fails.")
    session_check_seconds: float = _say(5.0, "How often open sockets are checked against their sessions.")
    rate_limits: bool = _say(True, "Whether any rate or quota per person or address is kept.")
    posts_per_second: int = _say(20, "Posts a second that one person may send at once.")
    posts_per_minute: int = _say(200, "Posts a minute that one person may send.")
    posts_per_minute_address: int = _say(1000, "Posts a minute from one network address.")
    searches_per_minute: int = _say(120, "Searches a minute that one person may make; each pause in typing is one.")
    searches_per_minute_address: int = _say(600, "Searches a minute from one network address.")
    renames_per_minute: int = _say(10, "New names a minute that one person may take.")
    commands_per_second: float = _say(50.0, "Commands a second, other than posts, past which a socket is read slower.")
    refusals_per_minute: int = _say(120, "Posts a minute that may be refused for speed; then the socket is closed.")
    sockets_per_person: int = _say(10, "Open sockets of one person.")
    sockets_per_address: int = _say(200, "Open sockets of one network address.")
    posts_in_flight: int = _say(64, "Posts of one socket that may wait for their commit; then reading pauses.")
    bad_frames_per_minute: int = _say(50, "Frames a minute that may be refused as not our protocol.")
    presence_limit: int = _say(200, "People in a room past which only their number is told.")
    ticket_hours: float = _say(24.0, "How long the ticket in a page spares the database on reconnect.")


KNOWN = {f.name.upper(): f for f in fields(Settings)}
_current: Settings | None = None


def settings() -> Settings:
    """The settings in force: the defaults, the host's `HUBBUB` dict over them, `HUBBUB_RATE_LIMITS=off` on top."""
    global _current
    if _current is None:
        _current = _read(getattr(django_settings, "HUBBUB", {}))
    return _current


def unknown_keys() -> list[str]:
    """Keys of the host's `HUBBUB` dict that Hubbub does not know."""
    return sorted(set(getattr(django_settings, "HUBBUB", {})) - set(KNOWN))


def wrong_types() -> list[tuple[str, str]]:
    """(key, expected type) of values in the host's `HUBBUB` dict that have the wrong type or are below zero."""
    wrong = []
    for key, value in getattr(django_settings, "HUBBUB", {}).items():
        if key in KNOWN and not _fits(value, KNOWN[key].default):
            wrong.append((key, type(KNOWN[key].default).__name__))
    return wrong


def _fits(value: object, default: object) -> bool:
    if isinstance(default, bool):
        return isinstance(value, bool)
    if isinstance(default, int | float):
        numeric = int if isinstance(default, int) else (int, float)
        return isinstance(value, numeric) and not isinstance(value, bool) and (value > 0 or value == default)
    return isinstance(value, str)


def _read(given: dict[str, Any]) -> Settings:
    values = {key.lower(): value for key, value in given.items() if key in KNOWN}
    if os.environ.get("HUBBUB_RATE_LIMITS", "").lower() in ("off", "0", "no", "false"):
        values["rate_limits"] = False
    return Settings(**values)


def _forget(*, setting: str, **_: object) -> None:
    global _current
    if setting == "HUBBUB":
        _current = None


setting_changed.connect(_forget)
