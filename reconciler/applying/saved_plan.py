"""Saves plans atomically and reads saved plans as untrusted input. The applied content still comes from git."""

import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, FailFast, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from reconciler.applying import approval
from reconciler.core.errors import ToolregError
from reconciler.core.manifest.resource import Ref
from reconciler.core.plan.changes import Action, Step
from reconciler.core.plan.consent import Consent
from reconciler.core.plan.origin import Origin
from reconciler.core.plan.proposal import Proposal
from reconciler.core.plan.saved import Basis, Planned
from reconciler.core.quote import quoted
from reconciler.render import plan_json

_FORMAT: Final = 1
_MOST_BYTES: Final = 64 << 20
# A value may cost 250 bytes of memory. Of usual manifests, indented as written, 64 MiB hold 1.5 million values.
_MOST_VALUES: Final = 2_000_000
_MOST_NUMBER: Final = 2**63 - 1

_Digest = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
_Commit = Annotated[str, StringConstraints(pattern="^[0-9a-f]{40}([0-9a-f]{24})?$")]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Number = Annotated[int, Field(ge=0, le=_MOST_NUMBER)]
_One = TypeVar("_One")
# Stop at the first problem: all problems of an untrusted file could take more memory than the file.
_Many = Annotated[tuple[_One, ...], FailFast()]


class _Read(BaseModel):
    """The fields read from a document. The others are for people."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, strict=True, extra="ignore")


class _Change(_Read):
    action: Action
    kind: _Name
    name: _Name
    former_name: _Name | None
    drifted: bool
    before_digest: _Digest | None
    after_digest: _Digest | None

    def to_step(self) -> Step:
        former = None if self.before_digest is None else Ref(self.kind, self.former_name or self.name)
        ref = Ref(self.kind, self.name)
        return Step(self.action, ref, former, self.before_digest, self.after_digest, self.drifted)


class _Options(_Read):
    max_deletes: Annotated[int, Field(ge=0)] | None
    no_delete: bool
    max_usage: Annotated[int, Field(ge=0)] | None = None
    allow_version_reuse: bool = False


class _Version(_Read):
    format_version: int


class _SavedPlan(_Read):
    format_version: Literal[1]
    digest: _Digest
    registry_digest: _Digest | None
    source: Literal["commit", "worktree"]
    folder: str
    commit: _Commit | None
    base_revision: _Number | None
    base_commit: _Commit | None
    environment: _Name | None = None
    options: _Options
    left: _Many[str]
    changes: _Many[_Change]

    def to_planned(self) -> Planned:
        basis = Basis(
            self.source,
            self.folder,
            self.commit,
            self.registry_digest,
            self.base_revision,
            self.base_commit,
            self.environment,
        )
        steps = tuple(change.to_step() for change in self.changes)
        options = self.options
        return Planned(
            basis,
            options.max_deletes,
            not options.no_delete,
            self.left,
            steps,
            options.max_usage,
            options.allow_version_reuse,
        )


class PlanFileError(ToolregError):
    """A file for a plan cannot be written or read, or holds no plan."""


def format_plan(proposal: Proposal, origin: Origin, consent: Consent) -> str:
    """Return a plan as the text of a file. Raises PlanFileError if the text cannot be read back as the same plan."""
    made = f"{plan_json.render_plan_json(proposal, origin, consent=consent)}\n"
    instead = "toolreg apply --expect DIGEST needs no file"
    try:
        read_back = parse_plan(made.encode(), "this plan")
    except PlanFileError as error:
        raise PlanFileError(f"{error}, so it is not saved; {instead}") from error
    if read_back != approval.record_plan(proposal, origin, consent):
        raise PlanFileError(f"this plan is another one when it is read back, so it is not saved; {instead}")
    return made


@contextmanager
def replace_file(path: Path) -> Iterator[Callable[[str], None]]:
    """Yield a function that writes a file atomically, replacing an existing file.

    Raises PlanFileError at once if the file cannot be written. Without a call, an existing file stays unchanged.
    """
    with _explain_errors(path, "written"):
        # A symbolic link stays a link: its target is replaced.
        target = Path(os.path.realpath(path))
        if target.exists() and not target.is_file():
            raise PlanFileError(f"{_quote(path)} cannot be written: it is there, and not a regular file")
        # mkstemp creates the file with mode 0600, further restricted by the umask.
        handle, temporary = tempfile.mkstemp(prefix=".toolreg-", suffix=".tmp", dir=target.parent)

    def write(content: str) -> None:
        with _explain_errors(path, "written"):
            with os.fdopen(handle, "wb", closefd=False) as file:
                file.write(content.encode())
            os.fsync(handle)
            Path(temporary).replace(target)

    try:
        yield write
    finally:
        os.close(handle)
        with suppress(FileNotFoundError):
            Path(temporary).unlink()


def read_plan_file(path: Path) -> Planned:
    """Return the plan in a file. Raises PlanFileError if the file holds no plan."""
    return parse_plan(_read_content(path), _quote(path))


def parse_plan(content: bytes, what: str) -> Planned:
    """Return the plan in the content of a file. `what` names the file in messages."""
    if len(content) > _MOST_BYTES:
        raise PlanFileError(f"{what} has more than {_MOST_BYTES >> 20} MiB")
    if sum(map(content.count, (b",", b"[", b"{"))) > _MOST_VALUES:
        raise PlanFileError(f"{what} has more than {_MOST_VALUES} values")
    try:
        document = _SavedPlan.model_validate_json(content)
    except ValidationError as error:
        raise PlanFileError(f"{what} {_describe_problem(error, content)}") from None
    planned = document.to_planned()
    if planned.digest != document.digest:
        raise PlanFileError(
            f"{what} was changed after it was written: its digest is {document.digest}, but that of its changes is"
            f" {planned.digest}"
        )
    return planned


def _describe_problem(error: ValidationError, content: bytes) -> str:
    # An error that includes its input is as large as the input.
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"]))
    if where == "formatVersion" and (version := _read_version(content)) > _FORMAT:
        return f"has formatVersion {version}, and this toolreg reads {_FORMAT}: use a newer toolreg"
    problem = f"{where}: {first['msg']}" if where else first["msg"]
    return f"is no plan that toolreg plan --out wrote: {problem}"


def _read_version(content: bytes) -> int:
    try:
        return _Version.model_validate_json(content).format_version
    except ValidationError:
        return 0


def _read_content(path: Path) -> bytes:
    # Do not wait for a pipe without a writer, or for a device.
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
    with _explain_errors(path, "read"), os.fdopen(os.open(path, flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise PlanFileError(f"{_quote(path)} cannot be read: it is not a regular file")
        return file.read(_MOST_BYTES + 1)


@contextmanager
def _explain_errors(path: Path, done: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PlanFileError(f"{_quote(path)} cannot be {done}: {error.strerror}") from error


def _quote(path: Path) -> str:
    return quoted(str(path), limit=200)
