"""Writes calls as a Parquet file, and reads it back before it gets its name. Needs pyarrow, an optional package."""

import hashlib
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from reconciler.core.errors import ToolregError
from reconciler.core.quote import quoted

PAYLOADS: Final = ("arguments", "result", "attributes")
"""The columns that hold the words of users, as JSON text."""

_Piece = bytes | bytearray | memoryview
_INTEGERS: Final = ("id", "attempt", "request_bytes", "response_bytes")
_TIMES: Final = ("started_at", "recorded_at")
_AT_ONCE: Final = 4 << 20
"""Bytes of CSV that become a row group: about 15,000 calls. More cost memory, and save neither time nor space."""


class ParquetMissing(ToolregError):
    """The package pyarrow is not installed: pip install 'toolreg[parquet]'."""


class DamagedFile(ToolregError):
    """The written file does not read as it was written."""


class CallsFile(NamedTuple):
    """A written file: calls, the sum of their ids, size in bytes and checksum."""

    calls: int
    ids: int
    bytes: int
    sha256: str


def require_pyarrow() -> None:
    """Import pyarrow, which takes a while. Raises ParquetMissing."""
    try:
        import_module("pyarrow.parquet")
        import_module("pyarrow.csv")
    except ImportError as error:
        raise ParquetMissing(
            "an export needs the package pyarrow, which is not installed: pip install 'toolreg[parquet]'"
        ) from error


def read_origin(path: Path) -> Mapping[str, str]:
    """Return the origin of an earlier file as `write_calls` got it; empty for any other file."""
    parquet = import_module("pyarrow.parquet")
    try:
        known = parquet.read_schema(path).metadata or {}
        return {key.decode(): value.decode() for key, value in known.items() if key.startswith(b"toolreg.")}
    except (OSError, ValueError):  # pyarrow's errors are of these two.
        return {}


def write_calls(rows: Iterable[_Piece], path: Path, origin: Mapping[str, str]) -> CallsFile:
    """Write rows of CSV, the first with the names of the columns, to a file that appears complete or not at all.

    An existing file is replaced. `origin` is kept in the file. Raises DamagedFile if the written file reads
    differently, OSError if the disk is full.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with _open_new(part) as file:
            written = _write_groups(rows, file, origin)
            file.flush()
            os.fsync(file.fileno())
        read = _read_back(part)
        if read[:2] != written:
            raise DamagedFile(
                f"{quoted(str(path), limit=500)}: {written[0]} calls were written, and {read.calls} or others are read;"
                " is the disk sound?"
            )
        part.replace(path)
        _sync_folder(path.parent)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
    return read


@contextmanager
def _open_new(path: Path) -> Iterator[BinaryIO]:
    """Open a new file of the user alone, in place of the remains of a killed export."""
    path.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        yield file


def _write_groups(rows: Iterable[_Piece], file: BinaryIO, origin: Mapping[str, str]) -> tuple[int, int]:
    """Write one row group after the other; return the number of calls and the sum of their ids."""
    pyarrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    chunks = _cut_rows(rows)
    names = next(chunks).decode().rstrip("\n").split(",")
    schema = pyarrow.schema([(name, _choose_type(name)) for name in names], metadata=dict(origin))
    calls = ids = 0
    with parquet.ParquetWriter(file, schema, compression="zstd", write_page_checksum=True) as writer:
        for chunk in chunks:
            table = _parse(chunk, schema)
            writer.write_table(table, row_group_size=table.num_rows)
            calls += table.num_rows
            ids += sum(table.column("id").to_pylist())
    return calls, ids


def _cut_rows(rows: Iterable[_Piece]) -> Iterator[bytes]:
    """Yield the first row, then as many rows at once as make a row group.

    A quoted value may hold line breaks: a row is complete if its quotation marks are even in number.
    """
    chunk = bytearray()
    is_first, marks = True, 0
    for piece in rows:
        chunk += piece
        marks += bytes(piece).count(b'"')
        is_complete = marks % 2 == 0 and chunk.endswith(b"\n")
        if is_complete and (is_first or len(chunk) >= _AT_ONCE):
            yield bytes(chunk)
            chunk.clear()
            is_first = False
    if chunk:
        yield bytes(chunk)


def _choose_type(name: str) -> Any:  # noqa: ANN401  pyarrow ships no types.
    pyarrow = import_module("pyarrow")
    if name in _INTEGERS:
        return pyarrow.int64()
    if name in _TIMES:
        return pyarrow.timestamp("us", tz="UTC")
    return pyarrow.float64() if name == "duration_ms" else pyarrow.string()


def _parse(chunk: bytes, schema: Any) -> Any:  # noqa: ANN401  pyarrow ships no types.
    """Return rows of CSV as a table. Times come as microseconds since 1970."""
    pyarrow, csv = import_module("pyarrow"), import_module("pyarrow.csv")
    read_as = {field.name: pyarrow.int64() if field.name in _TIMES else field.type for field in schema}
    table = csv.read_csv(
        io.BytesIO(chunk),
        # One block: a row that does not fit a block would be an error.
        read_options=csv.ReadOptions(column_names=schema.names, block_size=len(chunk) + 1, use_threads=False),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        # COPY writes NULL as nothing, and an empty text as a pair of quotation marks.
        convert_options=csv.ConvertOptions(
            column_types=read_as, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    )
    return table.cast(schema)


def _read_back(path: Path) -> CallsFile:
    """Read every page of a file, with its checksum. Raises DamagedFile if it is no Parquet."""
    pyarrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    calls = ids = 0
    try:
        with parquet.ParquetFile(path, page_checksum_verification=True) as file:
            for number in range(file.num_row_groups):
                table = file.read_row_group(number, use_threads=False)
                calls += table.num_rows
                ids += sum(table.column("id").to_pylist())
    except (OSError, ValueError, pyarrow.ArrowException) as error:
        raise DamagedFile(
            f"{quoted(str(path), limit=500)} does not read as it was written; is the disk sound? {error}"
        ) from error
    with path.open("rb") as raw:
        digest = hashlib.file_digest(raw, "sha256").hexdigest()
    return CallsFile(calls, ids, path.stat().st_size, digest)


def _sync_folder(folder: Path) -> None:
    """Make the new name last: a power cut would lose it otherwise."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
