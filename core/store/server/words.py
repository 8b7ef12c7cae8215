"""What a database's error means, in one sentence for a user."""

from __future__ import annotations

import re

import psycopg2

_DISK_FULL = "the disk of the database is full: No space left on device"
_BY_CODE = {
    "53100": _DISK_FULL,
    "53300": "the database takes no more connections",
    "53200": "the database's memory is full",
    "57P03": "the database is starting",
    "25006": "the database takes no writes: it is a copy, or set to read only",
}
_BY_TEXT = (
    (
        r'password authentication failed for user "(.+?)"',
        'the database refuses the password of "{}"',
    ),
    (r"no password supplied", "the database wants a password: none is in the connection string"),
    (r'role "(.+?)" does not exist', 'the database knows no user "{}"'),
    (r'database "(.+?)" does not exist', 'the server has no database "{}"'),
    (r"no pg_hba.conf entry for (.+)", "the database admits no {}"),
    (r"remaining connection slots", "the database takes no more connections"),
    (r'could not translate host name "(.+?)"', 'the database is not found: no host "{}"'),
    (r"No space left on device", _DISK_FULL),
    (r"the database system is (starting up|in recovery|shutting down)", "the database is {}"),
    (r"Connection refused", "the database does not answer: connection refused"),
    (r"timeout expired", "the database does not answer: no reply in time"),
    (r"server closed the connection", "the database does not answer: it closed the connection"),
)


def sentence(error: psycopg2.Error) -> str:
    """The error as one sentence; the server's own first line where nothing better is known."""
    if error.pgcode in _BY_CODE:
        return _BY_CODE[error.pgcode]
    text = str(error)
    for pattern, words in _BY_TEXT:
        if found := re.search(pattern, text):
            return words.format(*found.groups())
    if error.pgcode == "42501":
        return f"the database does not allow it: {first_line(error)}"
    return f"the database does not answer: {first_line(error)}"


def first_line(error: psycopg2.Error) -> str:
    """The first line of a message that often has many."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
