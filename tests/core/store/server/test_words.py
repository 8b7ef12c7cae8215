from __future__ import annotations

import psycopg2
import psycopg2.errors
import pytest

from core.errors import StoreError
from core.store.server.postgres import Database, store_errors
from core.store.server.words import sentence

REFUSED = (
    'connection to server at "127.0.0.1", port 5432 failed: Connection refused\n'
    "\tIs the server running on that host and accepting TCP/IP connections?\n"
)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (
            'connection to server at "db", port 5432 failed: FATAL:  password authentication '
            'failed for user "desk"\n',
            'the database refuses the password of "desk"',
        ),
        ('FATAL:  role "desk" does not exist', 'the database knows no user "desk"'),
        ('FATAL:  database "vol" does not exist', 'the server has no database "vol"'),
        (REFUSED, "the database does not answer: connection refused"),
        (
            'could not translate host name "dbx" to address: Name or service not known',
            'the database is not found: no host "dbx"',
        ),
        ("FATAL:  the database system is starting up", "the database is starting up"),
        ("something new\nand more", "the database does not answer: something new"),
        ("", "the database does not answer: OperationalError"),
    ],
)
def test_an_error_of_the_connection_is_one_sentence(said: str, meant: str) -> None:
    assert sentence(psycopg2.OperationalError(said)) == meant


def test_a_full_disk_is_a_passing_trouble_and_says_so() -> None:
    with pytest.raises(StoreError, match="disk of the database is full") as caught, store_errors():
        raise psycopg2.OperationalError(
            'could not extend file "base/5/16390": No space left on device'
        )
    assert type(caught.value) is StoreError


def test_a_database_nobody_serves_does_not_answer() -> None:
    database = Database("sim", dsn="postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(StoreError, match="does not answer: connection refused"):
        database.open()


def test_a_user_the_server_does_not_know_is_named(dsn: str) -> None:
    stranger = dsn.replace("postgres:@", "stranger:@")
    with pytest.raises(StoreError, match='the database knows no user "stranger"'):
        Database("sim", dsn=stranger).open()
