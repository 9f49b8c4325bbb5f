"""System checks: each trap that a host can fall into, with a hint. None of them touches database or network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings as django_settings
from django.core import checks
from django.urls import NoReverseMatch, reverse

from hubbub.conf import KNOWN, unknown_keys, wrong_types

CORE_LAYER = "channels_redis.core.RedisChannelLayer"


def register_all() -> None:
    """Register every check."""
    for check in (check_settings, check_database, check_layer, check_urls):
        checks.register(check, "hubbub")


def check_settings(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[checks.CheckMessage]:
    """HUBBUB: a dict, of known keys, with values of the right type."""
    given = getattr(django_settings, "HUBBUB", {})
    if not isinstance(given, dict):
        return [checks.Error("HUBBUB must be a dict.", hint="HUBBUB = {}", id="hubbub.E001")]
    unknown = [
        checks.Error(f"HUBBUB has an unknown key {key!r}.", hint=f"Known: {', '.join(KNOWN)}.", id="hubbub.E002")
        for key in unknown_keys()
    ]
    wrong = [
        checks.Error(f"HUBBUB[{key!r}] must be a {type_}, and above zero if a number.", id="hubbub.E003")
        for key, type_ in wrong_types()
    ]
    return [*unknown, *wrong]


def check_database(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[checks.CheckMessage]:
    """SQLite or PostgreSQL; SQLite with immediate transactions."""
    from hubbub.journal.batch import database  # late: models must be loaded

    configured = django_settings.DATABASES.get(database(), {})
    engine = str(configured.get("ENGINE", ""))
    if not any(word in engine for word in ("sqlite", "postgres", "postgis")):
        return [checks.Error(f"Hubbub does not run on {engine}.", hint="Use SQLite or PostgreSQL.", id="hubbub.E004")]
    mode = configured.get("OPTIONS", {}).get("transaction_mode")
    if "sqlite" in engine and mode not in ("IMMEDIATE", "EXCLUSIVE"):
        pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        hint = f'OPTIONS = {{"transaction_mode": "IMMEDIATE", "init_command": "{pragmas}"}}'
        return [checks.Warning("SQLite may answer “database is locked” under load.", hint=hint, id="hubbub.W001")]
    return []


def check_layer(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[checks.CheckMessage]:
    """The core Redis layer ends idle sockets of Channels' consumers with redis-py 8 (channels_redis#422)."""
    layers = getattr(django_settings, "CHANNEL_LAYERS", {})
    if layers.get("default", {}).get("BACKEND") != CORE_LAYER:
        return []
    hint = "Use channels_redis.pubsub.RedisPubSubChannelLayer."
    return [checks.Warning("The core Redis layer ends an idle receive after 5 s.", hint=hint, id="hubbub.W002")]


def check_urls(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[checks.CheckMessage]:
    """The pages are reachable."""
    if not getattr(django_settings, "ROOT_URLCONF", None):
        return []
    try:
        reverse("hubbub:rooms")
    except NoReverseMatch:
        hint = 'urlpatterns += [path("chat/", include("hubbub.urls"))]'
        return [checks.Warning("Hubbub's pages have no URL.", hint=hint, id="hubbub.W003")]
    return []
