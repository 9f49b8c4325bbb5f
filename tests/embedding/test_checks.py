"""Django's own commands in the intranet: checks with hints, and migrations that fit its accounts."""

from __future__ import annotations

import json
from pathlib import Path

from tests.embedding.host import Host


def test_the_intranet_passes_the_system_checks(host: Host) -> None:
    run = host.manage("check", "--fail-level", "WARNING")
    assert run.returncode == 0, run.stderr


def test_an_unknown_key_in_hubbub_is_an_error_that_names_the_known_ones(host: Host) -> None:
    run = host.manage("check", INTRANET_HUBBUB=json.dumps({"GUSTS": False}))
    assert run.returncode == 1
    assert "hubbub.E002" in run.stderr
    assert "'GUSTS'" in run.stderr
    assert "GUESTS" in run.stderr.partition("HINT")[2]


def test_a_value_of_the_wrong_type_is_an_error(host: Host) -> None:
    run = host.manage("check", INTRANET_HUBBUB=json.dumps({"GUESTS": "no"}))
    assert run.returncode == 1
    assert "hubbub.E003" in run.stderr


def test_plain_sqlite_is_a_warning_with_the_options_that_help(host: Host) -> None:
    run = host.manage("check", INTRANET_PLAIN_SQLITE="yes", DJANGO_SETTINGS_MODULE="intranet.settings")
    assert run.returncode == 0
    assert "hubbub.W001" in run.stderr
    assert "IMMEDIATE" in run.stderr.partition("HINT")[2]


def test_no_migration_is_missing_whatever_the_accounts_are(host: Host) -> None:
    run = host.manage("makemigrations", "--check", "--dry-run")
    assert run.returncode == 0, run.stdout


def test_migrations_run_back_and_forth_with_accounts_whose_key_is_a_uuid(tmp_path: Path) -> None:
    fresh = Host(tmp_path / "fresh")
    for arguments in (("migrate",), ("migrate", "hubbub", "zero"), ("migrate",)):
        run = fresh.manage(*arguments, "--verbosity", "0")
        assert run.returncode == 0, run.stderr


def test_models_can_be_used_without_channels_being_configured(host: Host) -> None:
    run = host.manage(
        "shell", "--no-imports", input="from hubbub.models import Room; print(Room.objects.count() >= 0)\n"
    )
    assert run.stdout.strip().endswith("True"), run.stderr
