"""A connection string that cannot be read: the message names what is wrong, and never a password."""

import pytest
from psycopg.conninfo import make_conninfo

from reconciler.database.connection import connect
from reconciler.database.connection_string import BadConnectionString, parse_conninfo
from tests.builders import Repository, run


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "postgresql://u:s3c@db/x?schema=public",
            'has the parameter "schema", which libpq does not know; it is Prisma\'s',
        ),
        ("postgresql://u:s3c@db/x?sslmod=require", "remove it or correct it; did you mean sslmode?"),
        ("postgresql+psycopg://u:s3c@db/x", 'begins with "postgresql+psycopg", as SQLAlchemy writes it; libpq reads'),
        ("jdbc:postgresql://db/x?password=s3c", 'begins with "jdbc:postgresql", as JDBC writes it; libpq reads'),
        ("mysql://u:s3c@db/x", 'begins with "mysql"; libpq reads postgresql://'),
        ("POSTGRESQL://u:s3c@db/x", 'begins with "POSTGRESQL"; libpq reads postgresql://'),
        ("postgresql://u:s3 c@db/x", "has a blank; write a blank of a password as %20"),
        ("postgresql://u:s3%c@db/x", "write a % of a password as %25"),
        ("postgresql://u:s3c%00@db/x", "write a % of a password as %25"),
        ("postgresql://u:s3c@[::1/x", "has a [ or ] out of place"),
        ("postgresql://u:s3@c@db/x", "write it as %40 or %2F"),
        ("postgresql://u:s/3c@db/x", "write it as %40 or %2F"),
        ("postgresql://u:s3c@db:54x/x", "write it as %40 or %2F"),
        ("'postgresql://u:s3c@db/x'", "begins with a quotation mark"),
        ("host=db passwd=s3c", 'has the parameter "passwd", which libpq does not know; write password'),
        ("host=db password=s3c s3c=x", "put a value with a blank between single quotation marks"),
        ("host=db password='s3c", "put a value with a blank between single quotation marks"),
        ("host=db password=the s3c word", "put a value with a blank between single quotation marks"),
        ("localhost:5432/s3c", "is neither a URL nor a connection string of libpq; expected postgresql://USER@HOST"),
        ("u:s3c@localhost/db", "is neither a URL nor a connection string of libpq"),
        ("postgresql:/u:s3c@db", "is neither a URL nor a connection string of libpq"),
        ("s3c", "is neither a URL nor a connection string of libpq"),
    ],
)
def test_the_message_names_what_is_wrong(text: str, reason: str) -> None:
    with pytest.raises(BadConnectionString) as raised:
        parse_conninfo(text, "DATABASE_URL")

    message = str(raised.value)
    assert message.startswith("DATABASE_URL ")
    assert reason in message
    assert "s3" not in message


@pytest.mark.parametrize(
    "text", ["", "postgres:///", " postgresql://h/d\n", "postgresql://u:p#?w@h1:1,h2:2/d", "host=h"]
)
def test_what_libpq_reads_is_read(text: str) -> None:
    assert "dbname" not in parse_conninfo(text, "--database") or parse_conninfo(text, "--database")["dbname"] == "d"


@pytest.mark.parametrize("command", ["plan", "apply", "get tools", "status", "migrate", "maintain --list", "doctor"])
def test_each_command_says_where_the_string_is_from(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", "jdbc:postgresql://db/x?password=s3c")
    variable = run(*command.split(), cwd=repository.top)
    option = run(*command.split(), "--database", "jdbc:postgresql://db/x?password=s3c", cwd=repository.top)

    for result, origin in ((variable, "DATABASE_URL"), (option, "--database")):
        assert result.code == 1
        assert f'{origin} begins with "jdbc:postgresql"' in result.out + result.err
        assert "s3c" not in result.out + result.err


def test_a_value_that_libpq_refuses_is_no_reason_to_try_again(repository: Repository, database: str) -> None:
    for wrong in ({"sslmode": "nonsense"}, {"port": "99999999"}, {"service": "nowhere"}):
        result = run("plan", "--database", make_conninfo(database, **wrong), cwd=repository.top)

        assert result.code == 1, result.err


def test_blanks_around_a_string_do_not_matter(database: str) -> None:
    with connect(f"  {database}\n") as conn:
        assert conn.execute("SELECT 1").fetchone() == (1,)
