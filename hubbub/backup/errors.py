"""What can stop a backup or a restore, each a sentence for the operator.

BackupError
├── WrongUse       asked for in a way that can't be done; nothing was touched (exit code 2)
└── FailedCheck    tried, and what came out or stood there is not right (exit code 1)
"""


class BackupError(Exception):
    """A sentence that says what is wrong and what to do now."""

    exit_code = 1


class WrongUse(BackupError):
    """It can't be done as asked; nothing was touched."""

    exit_code = 2


class FailedCheck(BackupError):
    """A file or a database is not as it must be."""
