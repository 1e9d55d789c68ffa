"""Asks a remote repository for a branch, and fetches the branch.

A remote cannot hang the caller: each call has a deadline, after which git and its helpers are killed. Credentials come
from git's own helpers and the environment. A user name and password in the URL are taken out of it, and reach git by a
credential helper that reads two variables: git shows its URL in its messages, and in the arguments of its helpers.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from reconciler.core.errors import TemporaryError, ToolregError
from reconciler.core.quote import quoted
from reconciler.desired.git.objects import is_id
from reconciler.desired.git.process import Answer, Limit, ask_git, format_complaint

LOOK_SECONDS: Final = 30.0
FETCH_SECONDS: Final = 600.0

# RFC 3986, 3.2.1. The user name of ssh is no secret, and stays.
_USER_INFO: Final = re.compile(
    r"(?P<scheme>https?://)(?P<user>[^/@:]*)(:(?P<password>[^/@]*))?@(?P<rest>.*)", re.DOTALL
)
_ANY_PASSWORD: Final = re.compile(r"[a-z+]+://[^/@]*:[^/@]*@", re.IGNORECASE)
_NO_SUCH_REF: Final = 2
_HELPER: Final = (
    '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" "$TOOLREG_GIT_USER" "$TOOLREG_GIT_PASSWORD"; }; f'
)
_SETTINGS: Final = {"http.lowSpeedLimit": "1000", "http.lowSpeedTime": "30"}
# git's variables for its way to a remote; core.sshCommand would rank below GIT_SSH_COMMAND.
_REMOTE: Final = re.compile(r"GIT_(ASKPASS|SSH|SSH_COMMAND|SSH_VARIANT|SSL_\w+|PROXY_\w+|HTTP_\w+)")
_SSH: Final = "ssh -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=10 -o ServerAliveCountMax=3"
_GONE: Final = re.compile(
    rb"not found|does not exist|does not appear to be a git repository|could not be found", re.IGNORECASE
)


class RemoteAway(TemporaryError):
    """A remote repository did not answer as expected."""


class RemoteGone(ToolregError):
    """A remote repository, or its branch, does not exist."""


@dataclass(frozen=True)
class Remote:
    """A branch of a remote repository. `url` has neither user name nor password of http."""

    url: str
    branch: str
    is_stopping: Callable[[], bool] = field(default=lambda: False, repr=False)
    """Whether a running git is to be stopped."""
    _credentials: tuple[str, str] | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str, branch: str, is_stopping: Callable[[], bool] = lambda: False) -> "Remote":
        """Return the branch of the repository at a URL or path. Raises ToolregError for text that is neither."""
        if url.startswith("-") or not url.isprintable() or not url.strip():
            raise ToolregError(f"{quoted(url)} is neither the URL of a git repository nor a path")
        if not re.fullmatch(r"[^\s~^:?*\[\\-][^\s~^:?*\[\\]*", branch) or ".." in branch or not branch.isprintable():
            raise ToolregError(f"{quoted(branch)} is no name of a branch; expected one such as main")
        match = _USER_INFO.fullmatch(url)
        if match is None:
            if _ANY_PASSWORD.match(url):
                raise ToolregError("the URL of the repository holds a password that its protocol cannot use")
            return cls(url if "://" in url or _is_scp(url) else str(Path(url).absolute()), branch, is_stopping)
        credentials = unquote(match["user"]), unquote(match["password"] or "")
        return cls(match["scheme"] + match["rest"], branch, is_stopping, credentials)

    def find_tip(self, folder: Path) -> str:
        """Return the id of the branch's last commit; git runs in `folder`.

        Raises RemoteGone without the repository or the branch, RemoteAway or GitCutOff without an answer.
        """
        answer = self.ask(folder, "ls-remote", "--exit-code", "--", self.url, self.ref, seconds=LOOK_SECONDS)
        if answer.code == _NO_SUCH_REF and not answer.out:
            raise RemoteGone(f"{quoted(self.url, limit=200)} has no branch {self.branch}")
        if answer.code != 0:
            if _GONE.search(answer.said):
                raise RemoteGone(format_complaint(answer.said))
            raise RemoteAway(format_complaint(answer.said))
        name, _, ref = answer.out.decode("utf-8", "replace").rstrip("\n").partition("\t")
        if not is_id(name) or ref != self.ref:
            raise RemoteAway(f"git ls-remote answered {quoted(answer.out.decode('utf-8', 'replace'), limit=200)}")
        return name

    @property
    def ref(self) -> str:
        """The full name of the branch."""
        return f"refs/heads/{self.branch}"

    def ask(self, folder: Path, *arguments: str, seconds: float) -> Answer:
        """Run a command of git that reaches the remote."""
        settings, variables = dict(_SETTINGS), dict(_make_variables(os.environ))
        if self._credentials:
            # The empty helper discards the helpers of the machine, which would be asked first. git ignores the case of
            # names, which therefore differ here.
            settings |= {"credential.helper": "", "credential.Helper": _HELPER}
            variables |= dict(zip(("TOOLREG_GIT_USER", "TOOLREG_GIT_PASSWORD"), self._credentials, strict=True))
        limit = Limit(seconds, self.is_stopping)
        return ask_git(folder, *arguments, settings=settings, variables=variables, limit=limit)


def _is_scp(url: str) -> bool:
    """Whether git reads the text as host:path, not as a local path (git-clone(1), GIT URLS)."""
    host, colon, _ = url.partition(":")
    return bool(colon) and "/" not in host


def _make_variables(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Return the variables for git's way to a remote. The transport `ext` would run a program named by the URL."""
    kept = {name: value for name, value in environment.items() if _REMOTE.fullmatch(name)}
    if not kept.keys() & {"GIT_SSH", "GIT_SSH_COMMAND"}:
        kept["GIT_SSH_COMMAND"] = _SSH
    return kept | {"GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh"}
