#!/usr/bin/env python
"""The same as the `hubbub` command: `./manage.py migrate`, `./manage.py runserver`, `./manage.py serve` …"""

import sys

from hubbub.server.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["help"]))
