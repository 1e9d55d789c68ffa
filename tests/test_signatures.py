"""Signed commits: whose are applied, and what no configuration and no commit can talk toolreg into."""

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.builders import Repository, registry, run, tool
from tests.conftest import Toolreg

Conn = psycopg.Connection[Any]

pytestmark = pytest.mark.skipif(
    not (shutil.which("gpg") and shutil.which("ssh-keygen")), reason="gpg and ssh-keygen are needed to sign anything"
)
SIGNERS = ".github/allowed_signers"
KEYRING = ".github/keyring.asc"
BOTH = {"allowedSigners": SIGNERS, "keyring": KEYRING}
LONG_AGO = ("--faked-system-time", "20200101T120000")
NO_OPTION = "; no option overrides this\n"


@dataclass(frozen=True)
class Keys:
    """SSH keys of ada and mallory, and OpenPGP keys of greta, of a stranger, and of old, whose expired long ago."""

    folder: Path

    def ssh(self, who: str, options: str = "") -> str:
        """Return a line of an allowed-signers file."""
        kind, key, *_ = (self.folder / f"{who}.pub").read_text().split()
        return f"{who}@example.com {options} {kind} {key}\n"

    @property
    def gnupg(self) -> dict[str, str]:
        """An environment in which gpg has these keys."""
        return os.environ | {"GNUPGHOME": str(self.folder / "gnupg")}

    def gpg(self, *arguments: str) -> str:
        """Run gpg with these keys, and return what it printed."""
        command = ["gpg", "--batch", "--quiet", *arguments]
        return subprocess.run(command, env=self.gnupg, check=True, capture_output=True, text=True).stdout

    def keyring(self, *who: str) -> str:
        """Return the public keys of some."""
        return self.gpg("--armor", "--export", *who)


@pytest.fixture(scope="module")
def keys() -> Iterator[Keys]:
    # Short, since gpg-agent keeps a socket there.
    with tempfile.TemporaryDirectory(prefix="keys") as folder:
        made = Keys(Path(folder))
        for who in ("ada", "mallory"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", made.folder / who], check=True)
        (made.folder / "gnupg").mkdir(mode=0o700)
        for who in ("greta", "stranger"):
            name = f"{who.title()} <{who}@example.com>"
            made.gpg("--passphrase", "", "--quick-generate-key", name, "ed25519", "sign", "never")
        made.gpg(*LONG_AGO, "--passphrase", "", "--quick-generate-key", "old@example.com", "ed25519", "sign", "1d")
        yield made
        subprocess.run(["gpgconf", "--kill", "all"], env=made.gnupg, check=True)


class Signed:
    """A repository whose commits are signed."""

    def __init__(self, repository: Repository, keys: Keys) -> None:
        self.repository = repository
        self.keys = keys

    def demand(self, signers: str | None = None, keyring: str | None = None, **signatures: str) -> None:
        """Write registry.yaml and the files that it names."""
        self.repository.write("registry.yaml", registry(signatures=signatures or BOTH))
        folder = self.repository.top / ".github"
        folder.mkdir(exist_ok=True)
        (folder / "allowed_signers").write_text(self.keys.ssh("ada") if signers is None else signers)
        (folder / "keyring.asc").write_text(self.keys.keyring("greta@example.com") if keyring is None else keyring)

    def commit(self, who: str, *options: str) -> str:
        """Commit everything, signed by one of those who have keys, or by nobody."""
        self.repository.git("add", "-A")
        form = [
            "-c",
            "gpg.format=ssh",
            "-c",
            "gpg.ssh.program=ssh-keygen",
            "-c",
            f"user.signingkey={self.keys.folder / who}",
        ]
        if who in ("greta", "stranger", "old"):
            program = self._gpg(*(LONG_AGO if who == "old" else ()))
            form = ["-c", f"gpg.program={program}", "-c", f"user.signingkey={who}@example.com"]
        sign = () if who == "nobody" else ("--gpg-sign",)
        self.repository.git(*form, "commit", "-q", "--allow-empty", *sign, "-m", f"By {who}", *options)
        return self.repository.git("rev-parse", "HEAD")

    def altered(self, change: tuple[bytes, bytes]) -> None:
        """Put a commit at the head that is another one than was signed."""
        raw = subprocess.run(
            ["git", "cat-file", "commit", "HEAD"], cwd=self.repository.top, check=True, capture_output=True
        ).stdout
        assert change[0] in raw
        command = ["git", "hash-object", "-t", "commit", "-w", "--stdin"]
        made = subprocess.run(
            command, cwd=self.repository.top, input=raw.replace(*change), check=True, capture_output=True
        ).stdout
        self.repository.git("reset", "-q", "--hard", made.decode().strip())

    def _gpg(self, *options: str) -> Path:
        """Return a gpg that knows where the keys are: the environment is that of the test."""
        program = self.keys.folder / "gpg"
        program.write_text(f'#!/bin/sh\nGNUPGHOME="{self.keys.folder}/gnupg" exec gpg {" ".join(options)} "$@"\n')
        program.chmod(0o700)
        return program


@pytest.fixture
def signed(repository: Repository, keys: Keys) -> Signed:
    return Signed(repository, keys)


def running() -> Iterator[bytes]:
    """Yield the command of each process, where the machine shows them so."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            yield path.read_bytes()


def outcomes(conn: Conn) -> list[str]:
    return [outcome for (outcome,) in conn.execute(b"SELECT outcome FROM registry.revisions ORDER BY number")]


@pytest.mark.parametrize("who", ["ada", "greta"])
def test_only_signed_commits_are_applied(
    signed: Signed, repository: Repository, toolreg: Toolreg, conn: Conn, who: str
) -> None:
    signed.demand()
    base = signed.commit(who)
    assert toolreg("apply").code == 0
    repository.add(tool())
    commit = signed.commit("nobody")

    result = toolreg("apply")

    assert result.code == 3
    assert (
        f"error: commit {commit[:12]} is not signed. spec.signatures demands a signature by ada@example.com,"
        f" Greta <greta@example.com> ({SIGNERS}, {KEYRING} at commit {base[:12]}). Sign it (git commit --amend"
    ) in result.err
    assert result.err.endswith(NO_OPTION)
    planned = toolreg("plan", "--ref", "HEAD")
    assert (planned.code, f"refused now: commit {commit[:12]} is not signed" in planned.err) == (0, True)
    signed.commit(who)
    assert toolreg("apply").code == 0
    assert outcomes(conn) == ["applied", "refused", "applied"]


def test_the_signers_of_the_applied_commit_count(signed: Signed, repository: Repository, toolreg: Toolreg) -> None:
    """Nobody lets himself in, whatever lies in the work tree; and who left may have said so himself."""
    signed.demand()
    signed.commit("ada")
    toolreg("apply")
    signed.demand(signed.keys.ssh("mallory"))
    commit = signed.commit("mallory")

    result = toolreg("apply")

    assert result.code == 3
    assert f"commit {commit[:12]} is signed by the ED25519 key SHA256:" in result.err
    assert "which may not sign. spec.signatures demands a signature by ada@example.com" in result.err
    repository.write("registry.yaml", registry())
    signed.commit("mallory")
    assert toolreg("apply").code == 3
    signed.demand(signed.keys.ssh("mallory"))
    signed.commit("ada")
    assert toolreg("apply").code == 0
    signed.commit("ada")
    assert toolreg("apply").code == 3
    signed.commit("mallory")
    assert toolreg("apply").code == 0


def test_what_is_applied_is_not_verified_again(
    signed: Signed, repository: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    """It was, by the signers of its time: a commit may take away the right of who signed it."""
    signed.demand()
    signed.commit("ada")
    toolreg("apply")
    repository.add(tool())
    signed.demand(signed.keys.ssh("mallory"))
    signed.commit("ada")
    assert toolreg("apply").code == 0

    assert toolreg("apply").code == 0
    conn.execute(b"DELETE FROM registry.tools")
    assert "+ create Tool/lookup" in toolreg("apply").out
    assert outcomes(conn) == ["applied"] * 3


def test_the_commit_that_first_demands_it_is_signed_itself(signed: Signed, toolreg: Toolreg) -> None:
    """By somebody of its own files, since there are no others: a demand that nobody can meet would be for good."""
    toolreg("apply")
    signed.demand(signed.keys.ssh("mallory"), allowedSigners=SIGNERS)
    signed.commit("ada")
    assert toolreg("apply").code == 3
    signed.demand(allowedSigners=SIGNERS)
    signed.commit("greta")
    assert toolreg("apply").code == 3
    signed.commit("ada")

    assert toolreg("apply").code == 0


@pytest.mark.parametrize(
    ("who", "change", "said"),
    [
        ("ada", (b"By ada", b"Altered"), "has a signature that does not fit it: it was altered since it was signed"),
        ("greta", (b"By greta", b"Altered"), "has a signature that does not fit it: it was altered since"),
        ("stranger", None, "is signed by the OpenPGP key "),
        ("ada", (b"BEGIN SSH SIGNATURE", b"BEGIN SIGNED MESSAGE"), "has a signature that is neither of SSH nor of"),
        ("ada", (b"SSH SIGNATURE-----\n", b"SSH SIGNATURE-----\n " + b"A" * (1 << 20) + b"\n"), "of more than 1 MiB"),
        ("ada", (b"BEGIN SSH SIGNATURE-----\n ", b"BEGIN SSH SIGNATURE-----\n ??"), "that ssh-keygen cannot verify"),
        ("greta", (b"BEGIN PGP SIGNATURE-----\n \n ", b"BEGIN PGP SIGNATURE-----\n \n ??"), "that gpg cannot verify"),
    ],
    ids=["altered-ssh", "altered-pgp", "stranger", "x509", "huge", "torn-ssh", "torn-pgp"],
)
def test_a_signature_that_is_none_of_theirs(
    signed: Signed, toolreg: Toolreg, who: str, change: tuple[bytes, bytes] | None, said: str
) -> None:
    signed.demand()
    signed.commit(who)
    if change:
        signed.altered(change)

    result = toolreg("apply")

    assert result.code == 3
    assert said in result.err
    assert result.err.endswith(NO_OPTION)


def test_a_key_is_good_as_long_as_it_is_said_to_be(signed: Signed, toolreg: Toolreg) -> None:
    """At the date of the commit, as git judges it."""
    for options, said in (
        ('valid-before="20200101"', "which had expired by then"),
        ('valid-after="20990101"', "which was not valid yet"),
        ('namespaces="file"', "that ssh-keygen cannot verify"),
    ):
        signed.demand(signed.keys.ssh("ada", options))
        signed.commit("ada")
        refused = toolreg("apply")
        assert (refused.code, said in refused.err) == (3, True)
    signed.demand(signed.keys.ssh("ada", 'valid-after="20200101",valid-before="20990101",namespaces="git"'))
    signed.commit("ada")

    assert toolreg("apply").code == 0


def test_an_expired_or_revoked_openpgp_key_is_not_good(signed: Signed, toolreg: Toolreg) -> None:
    """As the keyring of the registry says it, not that of anybody else."""
    home = signed.keys.folder / "gnupg"
    [revocation] = [file for file in home.glob("openpgp-revocs.d/*.rev") if "Greta" in file.read_text()]
    certificate = revocation.read_text().replace(":-----BEGIN", "-----BEGIN")
    for extra, said in ((certificate, "which was revoked"), ("", "")):
        signed.demand(keyring=signed.keys.keyring("greta@example.com") + extra)
        signed.commit("greta")
        result = toolreg("apply")
        assert (result.code, said in result.err) == (3 if said else 0, True)
    signed.demand(keyring=signed.keys.keyring("greta@example.com", "old@example.com"))
    signed.commit("greta")
    assert toolreg("apply").code == 0
    signed.commit("old")
    assert "old@example.com, which has expired. spec.signatures demands" in toolreg("apply").err


def test_no_configuration_makes_a_signature_good(
    signed: Signed, repository: Repository, toolreg: Toolreg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither that of the repository nor that of the user, nor a keyring at home."""
    signed.demand()
    signed.commit("ada")
    toolreg("apply")
    program, trace = tmp_path / "evil", tmp_path / "was-run"
    program.write_text(f"#!/bin/sh\ntouch {trace}\necho '[GNUPG:] GOODSIG 1 Mallory'\nexit 0\n")
    program.chmod(0o700)
    (tmp_path / "signers").write_text(signed.keys.ssh("mallory"))
    settings = {
        "gpg.program": program,
        "gpg.openpgp.program": program,
        "gpg.ssh.program": program,
        "gpg.x509.program": program,
        "gpg.ssh.allowedSignersFile": tmp_path / "signers",
        "gpg.minTrustLevel": "ultimate",
    }
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GNUPGHOME", str(signed.keys.folder / "gnupg"))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "gpg.ssh.program")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(program))

    for name, value in settings.items():
        repository.git("config", name, str(value))
        repository.git("config", "--global", name, str(value))

    for who, code in (("mallory", 3), ("stranger", 3), ("greta", 0), ("ada", 0)):
        signed.commit(who)
        assert toolreg("apply").code == code, who
    assert not trace.exists()
    assert [command for command in running() if b"gpg-agent" in command and b"/toolreg-" in command] == []


def test_a_work_tree_has_no_signature(signed: Signed, repository: Repository, toolreg: Toolreg) -> None:
    signed.demand()
    assert toolreg("apply", "--worktree").code == 3
    signed.commit("ada")
    toolreg("apply")
    assert toolreg("plan").err == ""
    repository.add(tool())

    result = toolreg("apply", "--worktree")

    assert result.code == 3
    assert "demands a signed commit, and a work tree has no signature: git commit --gpg-sign" in result.err
    assert "Applying this would be refused now: spec.signatures demands" in toolreg("plan").err


def test_without_the_program_nobody_can_tell(
    signed: Signed, toolreg: Toolreg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed.demand()
    signed.commit("greta")
    (tmp_path / "git").symlink_to(shutil.which("git") or "")
    monkeypatch.setenv("PATH", str(tmp_path))

    result = toolreg("apply")

    assert result.code == 3
    assert "has a signature that only gpg can verify, which is not on this machine: install gnupg." in result.err


def test_the_applied_commit_has_to_be_there_to_say_who_may_sign(
    signed: Signed, toolreg: Toolreg, database: str, tmp_path: Path, keys: Keys
) -> None:
    signed.demand()
    base = signed.commit("ada")
    toolreg("apply")
    other = Signed(Repository.create(tmp_path / "other"), keys)
    # Not at the same second the same commit.
    other.repository.add(tool())
    other.demand()
    other.commit("ada")

    result = run("apply", "--allow-rewind", "--database", database, cwd=other.repository.top)

    assert result.code == 3
    assert f"who may sign stands in commit {base}, which is applied and not in this repository" in result.err
    other.repository.git("fetch", "-q", str(signed.repository.top), "main")
    assert run("apply", "--allow-rewind", "--database", database, cwd=other.repository.top).code == 0


@pytest.mark.parametrize(
    ("signatures", "content", "said"),
    [
        (
            {"allowedSigners": "absent"},
            "",
            'spec.signatures.allowedSigners is "absent": there is no regular file "absent"',
        ),
        ({"allowedSigners": ".github"}, "", 'there is no regular file ".github"'),
        ({"allowedSigners": "link"}, "", 'is "link": there is no regular file "link"'),
        ({"allowedSigners": SIGNERS}, "# nobody\n", "expected a line for each who may sign, such as: ada@example.com"),
        ({"allowedSigners": SIGNERS}, "ada@example.com\n", "expected a line for each who may sign"),
        ({"allowedSigners": SIGNERS}, "#" * (1 << 20) + "\n", "is larger than 1 MiB"),
        ({"keyring": SIGNERS}, "ada@example.com ssh-ed25519 AAAA\n", "it holds no public key as gpg --armor --export"),
        ({"keyring": SIGNERS}, "-----BEGIN PGP PRIVATE KEY BLOCK-----\n", "it holds a private key"),
        ({}, "", "spec.signatures has 0 properties; expected at least 1"),
        ({"keyring": "../keys.asc"}, "", "expected a path from the top of the repository, such as .github/keyring.asc"),
    ],
)
def test_a_demand_that_nobody_can_meet_is_not_applied(
    signed: Signed, repository: Repository, toolreg: Toolreg, signatures: dict[str, str], content: str, said: str
) -> None:
    signed.demand(content)
    repository.write("registry.yaml", registry(signatures=signatures))
    (repository.top / "link").symlink_to(SIGNERS)
    signed.commit("ada")

    result = toolreg("apply")

    assert result.code == 1
    assert said in result.err
    assert said in toolreg.offline("validate").out


def test_who_may_sign_is_shown_harmlessly(signed: Signed, toolreg: Toolreg) -> None:
    nasty = "\x1b[31mred"
    signed.demand(f"{nasty} ssh-ed25519 AAAA\n" + signed.keys.ssh("ada") * 9)
    signed.commit("nobody")

    for result in (toolreg("apply"), toolreg("plan", "--ref", "HEAD"), toolreg("status")):
        assert "\\u001b[31mred, ada@example.com, " in result.err + result.out
        assert "\x1b" not in result.err + result.out


def test_the_owner_of_the_database_can_take_a_demand_back(signed: Signed, toolreg: Toolreg, conn: Conn) -> None:
    """Where all keys are lost: by the statements in the manual."""
    signed.demand()
    signed.commit("ada")
    toolreg("apply")
    signed.demand(signed.keys.ssh("mallory"), allowedSigners=SIGNERS)
    signed.commit("mallory")
    assert toolreg("apply").code == 3
    manual = (Path(__file__).parent.parent / "reconciler/MANUAL.md").read_text("utf-8")
    [statements] = re.findall(r"^```sql\n(BEGIN;\n.*?)^```$", manual, re.DOTALL | re.MULTILINE)

    conn.execute(statements.replace("'NAME'", "'test'").encode())

    assert toolreg("apply").code == 0
