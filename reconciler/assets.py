"""Finds the data files of the package: the contract in schemas/ and the SQL in sql/."""

import json
from functools import cache
from pathlib import Path
from typing import Final

from reconciler.core.manifest.contract import Contract

_HERE: Final = Path(__file__).parent
# A wheel has both folders inside the package, a checkout at the top of the repository.
_TOP: Final = _HERE if (_HERE / "sql").is_dir() else _HERE.parent
SCHEMAS: Final = _TOP / "schemas"
SQL: Final = _TOP / "sql"


def load_contract(folder: Path = SCHEMAS) -> Contract:
    """Return the contract described by the schemas in a folder."""
    return Contract.of({path.name: path.read_text("utf-8") for path in folder.glob("*.schema.json")})


def contract_version() -> str:
    """Return the version of the contract: `apiVersion` of every manifest."""
    version: str = json.loads((SCHEMAS / "common.schema.json").read_text("utf-8"))["$defs"]["apiVersion"]["const"]
    return version


def storage_version() -> str:
    """Return the storage version: the number of the newest migration."""
    return list_scripts("migrations")[-1].name.partition("_")[0]


@cache
def load_query(name: str) -> bytes:
    """Return one statement of sql/queries, with parameters such as %(name)s."""
    return (SQL / "queries" / f"{name}.sql").read_bytes()


def list_scripts(*folders: str) -> list[Path]:
    """Return the SQL files in folders of sql/ and their subfolders, each folder sorted by path."""
    return [path for folder in folders for path in sorted((SQL / folder).rglob("*.sql"))]
