"""sql/schema.sql is the whole database as it stands after all migrations, to be read and diffed."""

import re
import subprocess
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from reconciler.assets import SQL
from reconciler.database import embedded
from reconciler.database.connection import connect
from reconciler.database.embedded import binaries
from reconciler.database.migrate import migrate
from tests.conftest import Golden, forget_first_days

_HEAD = """\
-- The whole database, as pg_dump writes it after all migrations and with schema api. Generated: do not edit.
-- To bring it up to date: pytest tests/test_schema_sql.py --write-golden
"""


def dump(database: str) -> str:
    """Return the schema of a database without what differs from server to server."""
    parameters = {key: str(value) for key, value in conninfo_to_dict(database).items()}
    command = [binaries.locate().path("pg_dump"), "--schema-only", "--no-owner", "--exclude-schema=yoyo"]
    url = " ".join(f"{key}='{value}'" for key, value in parameters.items())
    text = subprocess.run([*command, url], check=True, capture_output=True, text=True).stdout
    text = re.sub(
        r"(?m)^(--( Dumped .*| PostgreSQL database.*)?|SET .*|SELECT pg_catalog.set_config.*|\\.*)\n", "", text
    )
    text = re.sub(r"(?m)^-- (Name: .*?); Schema: (\S+); Owner: -$", r"-- \1 (\2)", text)
    return _HEAD + "\n" + re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def test_schema_sql_is_the_database_after_all_migrations(tmp_path: Path, golden: Golden) -> None:
    """Always made with the embedded server: pg_dump writes views as each version of PostgreSQL understands them."""
    with embedded.serve(tmp_path / "server") as database, connect(database) as conn:
        migrate(conn, 30)
        forget_first_days(conn)
        golden.check(dump(database), SQL / "schema.sql")
