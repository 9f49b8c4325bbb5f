"""Backup and restore: one file that is enough to bring up a new machine, checked when it is made and when it is used.

`making.py` and `restoring.py` are the two verbs; `archive.py` is the file, `files.py` how it comes to be, `contents.py`
what a database holds and whether that is as the journal promises; `sqlite.py` and `postgresql.py` are the two kinds of
database, `alone.py` says who else uses one. Knows no sockets and no running node.
"""

from hubbub.backup.alone import hold
from hubbub.backup.errors import BackupError, FailedCheck, WrongUse
from hubbub.backup.making import back_up
from hubbub.backup.restoring import restore

__all__ = ["BackupError", "FailedCheck", "WrongUse", "back_up", "hold", "restore"]
