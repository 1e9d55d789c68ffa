"""A branch of a remote repository: over HTTPS with a password, over SSH, and of remotes that do not answer."""

import base64
import os
import re
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from reconciler.core.errors import ToolregError
from reconciler.desired.git import remote as remote_module
from reconciler.desired.git.mirror import Mirror
from reconciler.desired.git.process import GitCutOff, run_git
from reconciler.desired.git.remote import Remote, RemoteAway, RemoteGone
from tests.builders import Repository, tool

PASSWORD = "s3cr3t/%of:the@house"  # noqa: S105  Of a server of this test.
QUOTED = "s3cr3t%2F%25of%3Athe%40house"
BACKEND = Path(os.fsdecode(subprocess.run(["git", "--exec-path"], capture_output=True, check=True).stdout).strip())


class _Backend(BaseHTTPRequestHandler):
    """Serves a repository through git-http-backend, for who knows the password. Notes all processes of the machine."""

    root = ""
    seen: list[bytes]

    def do_GET(self) -> None:
        """Answer the request for refs."""
        self._serve(b"")

    def do_POST(self) -> None:
        """Answer the request for objects."""
        self._serve(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def _serve(self, body: bytes) -> None:
        self.seen.append(list_processes())
        wanted = "Basic " + base64.b64encode(f"ada:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") != wanted:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="test"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        environment = {
            "GIT_PROJECT_ROOT": self.root,
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "PATH": os.environ["PATH"],
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        out = subprocess.run(
            [BACKEND / "git-http-backend"], env=environment, input=body, capture_output=True, check=False
        ).stdout
        head, _, content = out.partition(b"\r\n\r\n")
        status = re.search(rb"Status: (\d+)", head)
        self.send_response(int(status[1]) if status else 200)
        for line in head.splitlines():
            name, _, value = line.partition(b": ")
            if name != b"Status":
                self.send_header(name.decode(), value.decode())
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def list_processes() -> bytes:
    """Return the arguments of all processes, as every user of the machine sees them."""
    said = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            said.append(path.read_bytes())
        except OSError:
            continue
    return b"\n".join(said)


@contextmanager
def served(root: Path, folder: Path) -> Iterator[tuple[str, list[bytes]]]:
    """Serve the repositories below a folder over HTTPS; yield host and port, and what processes were seen."""
    certificate = folder / "certificate.pem"
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    try:
        subprocess.run(
            [*make.split(), "-keyout", certificate, "-out", folder / "crt.pem"], check=True, capture_output=True
        )
    except FileNotFoundError:
        pytest.skip("openssl makes the certificate")
    with certificate.open("ab") as file:
        file.write((folder / "crt.pem").read_bytes())
    handler = type("Handler", (_Backend,), {"root": str(root), "seen": []})
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with ThreadingHTTPServer(("localhost", 0), handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GIT_SSL_CAINFO", str(folder / "crt.pem"))
            yield f"localhost:{server.server_port}", handler.seen  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()


def head_of(repository: Repository) -> str:
    return repository.git("rev-parse", "HEAD")


def test_https_with_a_password_that_nobody_sees(repository: Repository, tmp_path: Path) -> None:
    folder = tmp_path / "certificates"
    folder.mkdir()
    with served(repository.top.parent, folder) as (host, seen):
        url = f"https://ada:{QUOTED}@{host}/{repository.top.name}/.git"
        remote = Remote.parse(url, "main")
        mirror = Mirror(tmp_path / "mirrors", remote)

        assert mirror.fetch(mirror.find_tip()).id == head_of(repository)

        with pytest.raises((RemoteAway, RemoteGone)) as caught:
            Remote.parse(url.replace(QUOTED, "wrong-word"), "main").find_tip(tmp_path)
    assert seen
    everything = [*seen, repr(remote).encode(), str(caught.value).encode(), run_git(mirror.folder, "config", "--list")]
    for secret in (PASSWORD, QUOTED, "s3cr3t", "wrong-word"):
        assert not [text for text in everything if secret.encode() in text]


def test_ssh_through_the_command_of_the_user(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapper = tmp_path / "ssh"
    wrapper.write_text('#!/bin/sh\nwhile [ "$1" != git.example.com ]; do shift; done\nshift\nexec sh -c "$*"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("GIT_SSH", str(wrapper))

    for url in (f"ssh://git.example.com{repository.top}/.git", f"git.example.com:{repository.top}/.git"):
        mirror = Mirror(tmp_path / "mirrors", Remote.parse(url, "main"))
        assert mirror.fetch(mirror.find_tip()).id == head_of(repository)


def test_a_silent_remote_is_given_up_with_its_helpers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrapper = tmp_path / "ssh"
    wrapper.write_text(f"#!/bin/sh\nsleep 321 & echo $! > {tmp_path}/pid; trap '' TERM; wait; wait\n")
    wrapper.chmod(0o755)
    monkeypatch.setenv("GIT_SSH", str(wrapper))
    monkeypatch.setattr(remote_module, "LOOK_SECONDS", 0.5)
    began = time.monotonic()

    with pytest.raises(GitCutOff, match="git ls-remote did not end within"):
        Remote.parse("ssh://git.example.com/x", "main").find_tip(tmp_path)

    assert time.monotonic() - began < 5
    helper = int((tmp_path / "pid").read_text())
    while is_running(helper):
        # A killed process takes a moment to end.
        assert time.monotonic() - began < 10
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    """Whether a process runs: one that nobody has waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(
    ("url", "branch"),
    [
        ("--upload-pack=touch x", "main"),
        ("", "main"),
        ("x\ny", "main"),
        ("x", "--exec=touch"),
        ("x", "a..b"),
        ("x", "a b"),
        ("x", "a:b"),
        ("x", ""),
        ("ftp://user:password@example.com/x", "main"),
    ],
)
def test_what_is_no_branch_of_a_repository_is_refused(url: str, branch: str) -> None:
    with pytest.raises(ToolregError) as caught:
        Remote.parse(url, branch)

    assert "user:password" not in str(caught.value)


def test_a_copy_follows_pushes_and_rewrites(repository: Repository, tmp_path: Path) -> None:
    mirror = Mirror(tmp_path / "mirrors", Remote.parse(str(repository.top), "main"))
    first = mirror.fetch(mirror.find_tip())
    repository.git("commit", "--amend", "-q", "--allow-empty", "-m", "Rewritten")

    second = mirror.fetch(mirror.find_tip())

    assert second.id == head_of(repository)
    # The commit before is still here: it may be the applied one.
    assert mirror.open().has(first.id)
    mirror.pack()
    assert mirror.open().has(first.id)


def break_objects(folder: Path) -> None:
    for path in (folder / "objects").rglob("*"):
        if path.is_file():
            path.chmod(0o600)
            path.write_bytes(b"")


def remove_head(folder: Path) -> None:
    (folder / "HEAD").unlink()


def leave_locks(folder: Path) -> None:
    for name in ("packed-refs.lock", "refs/heads/main.lock", "config.lock", "shallow.lock"):
        (folder / name).touch()


@pytest.mark.parametrize("harm", [break_objects, remove_head, leave_locks])
def test_a_damaged_copy_is_mended(repository: Repository, tmp_path: Path, harm: object) -> None:
    mirror = Mirror(tmp_path / "mirrors", Remote.parse(str(repository.top), "main"))
    mirror.fetch(mirror.find_tip())
    repository.add(tool())
    repository.commit()

    harm(mirror.folder)  # type: ignore[operator]

    assert mirror.fetch(mirror.find_tip()).id == head_of(repository)
    assert len(list(mirror.folder.parent.glob("*.git"))) == 1


def test_a_branch_that_is_gone_is_told_from_a_remote_that_is_away(repository: Repository, tmp_path: Path) -> None:
    with pytest.raises(RemoteGone, match="has no branch none"):
        Remote.parse(str(repository.top), "none").find_tip(tmp_path)
    with pytest.raises(RemoteGone):
        Remote.parse(str(tmp_path / "nowhere"), "main").find_tip(tmp_path)
    with pytest.raises(RemoteAway):
        Remote.parse("http://localhost:1/x", "main").find_tip(tmp_path)
