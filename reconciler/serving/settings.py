"""The settings of a reconciler: one file, whose values options and variables override."""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import pydantic
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from reconciler.core.errors import ToolregError
from reconciler.core.manifest.layout import is_environment
from reconciler.core.quote import quoted
from reconciler.core.times import parse_duration
from reconciler.core.yaml.document import parse_yaml
from reconciler.core.yaml.text import MAX_BYTES
from reconciler.desired.git.remote import Remote

_SHORTEST: Final = timedelta(seconds=1)
_LONGEST: Final = timedelta(days=1)
_PORT: Final = re.compile(r"[0-9]{1,5}")
_LAST_PORT: Final = 65535
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9_.-]{0,61}[a-z0-9])?")


def _parse_interval(given: object) -> object:
    if not isinstance(given, str):
        return given
    interval = parse_duration(given)
    if interval is None or not _SHORTEST <= interval <= _LONGEST:
        raise ValueError(f"{quoted(given)} is no interval; expected 1s to 1d, such as 60s")
    return interval


def _parse_address(given: object) -> object:
    if not isinstance(given, str):
        return given
    host, _, port = given.rpartition(":")
    if not host or not _PORT.fullmatch(port) or int(port) > _LAST_PORT:
        raise ValueError(f"{quoted(given)} is no address; expected HOST:PORT, such as 0.0.0.0:9464 or [::]:9464")
    return host.strip("[]"), int(port)


def _check_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{quoted(name)} is no name of a target; expected one such as eu-west")
    return name


def _check_environment(name: str | None) -> str | None:
    if name is not None and not is_environment(name):
        raise ValueError(f"{quoted(name)} is no name of an environment; expected one such as staging")
    return name


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)


class TargetSettings(_Model):
    """A database: its name in logs and metrics, and its connection string, or env:NAME for a variable that has it."""

    name: Annotated[str, AfterValidator(_check_name)]
    database: str = Field(min_length=1, repr=False)


class ReconcilerSettings(_Model):
    """The settings of a reconciler.

    `repo` is a URL of git or a path; credentials come from git's own helpers and environment. `environment` is the
    one whose patches are applied. Without `targets`, the database is the one of all other commands (DATABASE_URL, PG*,
    the embedded server). `listen` is host and port of webhook, probes and metrics. `notify` is the URL for
    notifications, or env:NAME for a variable that has it.
    """

    repo: str = Field(min_length=1, repr=False)
    branch: str = "main"
    folder: str = "registry"
    environment: Annotated[str | None, AfterValidator(_check_environment)] = None
    interval: Annotated[timedelta, BeforeValidator(_parse_interval)] = timedelta(seconds=60)
    allow_rewind: bool = False
    targets: tuple[TargetSettings, ...] = ()
    listen: Annotated[tuple[str, int] | None, BeforeValidator(_parse_address)] = None
    webhook_secret_files: tuple[Path, ...] = ()
    notify: str | None = Field(default=None, repr=False)
    notify_secret_file: Path | None = None

    @pydantic.model_validator(mode="after")
    def _check_targets(self) -> "ReconcilerSettings":
        names = [target.name for target in self.targets]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two targets are called {twice}; expected a name each")
        databases = [target.database for target in self.targets]
        if len({*databases}) < len(databases):
            pair = (target.name for target in self.targets if databases.count(target.database) > 1)
            raise ValueError(f"targets {', '.join(pair)} are one database; expected a database each")
        return self

    @pydantic.model_validator(mode="after")
    def _check_remote(self) -> "ReconcilerSettings":
        try:
            Remote.parse(self.repo, self.branch)
        except ToolregError as error:
            raise ValueError(str(error)) from None
        return self

    @property
    def seconds(self) -> float:
        """The interval in seconds."""
        return self.interval.total_seconds()


def resolve_secret(text: str, what: str) -> str:
    """Return a text, or the value of the variable in env:NAME. Raises ToolregError for a variable without a value."""
    variable = text.removeprefix("env:")
    if variable == text:
        return text
    value = os.environ.get(variable)
    if not value:
        raise ToolregError(f"{what}: the variable {quoted(variable)} is not set, or empty")
    return value


def read_secret(file: Path) -> bytes:
    """Return the secret in a file, without the line end. Raises ToolregError for an unreadable file."""
    try:
        return file.read_bytes()[:MAX_BYTES].rstrip(b"\r\n")
    except OSError as error:
        raise ToolregError(f"the secret in {quoted(str(file), limit=300)} cannot be read: {error.strerror}") from error


def load_settings(file: Path | None, given: dict[str, Any]) -> ReconcilerSettings:
    """Return the settings of a file, overridden by `given`. Raises ToolregError for an unreadable or invalid file."""
    values = {**(_read_file(file) if file else {}), **given}
    try:
        return ReconcilerSettings.model_validate(values)
    except pydantic.ValidationError as error:
        where = f"{file}: " if file else ""
        raise ToolregError(*(f"{where}{_describe(one)}" for one in error.errors(include_input=False))) from None


def _read_file(file: Path) -> dict[str, Any]:
    try:
        data = file.read_bytes()[: MAX_BYTES + 1]
    except OSError as error:
        raise ToolregError(f"{quoted(str(file), limit=300)} cannot be read: {error.strerror}") from error
    document = parse_yaml(data)
    if isinstance(document, list):
        raise ToolregError(*(f"{file}:{one.line}:{one.column}: {one.message}" for one in document))
    if not isinstance(document.value, dict):
        raise ToolregError(f"{file}: expected the settings of toolreg reconcile, such as repo: and branch:")
    return document.value


def _describe(error: Any) -> str:  # noqa: ANN401  pydantic's ErrorDetails is a TypedDict of another package.
    place = ".".join(map(str, error["loc"]))
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{place}: {message}" if place else message
