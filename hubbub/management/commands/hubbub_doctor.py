"""`hubbub doctor`: examine settings, database, layer, clocks, limits and disk, and say what to do."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from hubbub.doctor import Finding, examine

_MARKS = {"ok": "SUCCESS", "warning": "WARNING", "problem": "ERROR"}


class Command(BaseCommand):
    """Exit code 1 when there is a problem; 0 when all is well, warnings or not."""

    help = "Examine settings, database, layer, clocks, limits and disk, and say what to do."
    requires_system_checks = ()  # it runs them itself, as findings

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--json` for machines."""
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        """Examine and say."""
        findings = examine()
        bad = any(finding.level == "problem" for finding in findings)
        if options["json"]:
            self.stdout.write(json.dumps({"ok": not bad, "findings": [asdict(finding) for finding in findings]}))
        else:
            for finding in findings:
                self._say(finding)
        if bad:
            raise SystemExit(1)

    def _say(self, finding: Finding) -> None:
        mark = getattr(self.style, _MARKS[finding.level])
        self.stdout.write(f"{mark(f'{finding.level:8}')} {finding.topic:9} {finding.sentence}")
        if finding.advice:
            self.stdout.write(f"{'':8} {'':9} → {finding.advice}")
