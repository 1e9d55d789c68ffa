"""Guards against unsigned commits: git verifies them with the signers of the applied commit (`spec.signatures`).

No configuration of git or gpg by the user, the machine or the repository makes a signature good.
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from reconciler.core.manifest.policy import Signers, read_policy
from reconciler.core.manifest.resource import Manifest
from reconciler.core.plan.refusal import Refusal
from reconciler.core.quote import quoted
from reconciler.core.state.head import Head
from reconciler.core.yaml.text import MAX_BYTES
from reconciler.desired.git.repository import Repository
from reconciler.desired.git_files import GitTree
from reconciler.desired.source import Source, Unreadable

_RULE: Final = "unsigned"

_SIGN: Final = (
    "Sign it (git commit --amend --no-edit --gpg-sign), or put a signed commit on top of it"
    " (git commit --allow-empty --gpg-sign); no option overrides this"
)
_MOST_NAMED: Final = 5
# Independent of the machine: no agent, no key server, no web of trust. Every key in the keyring is trusted.
_GPG_CONF: Final = "no-autostart\nno-auto-key-retrieve\nno-auto-key-locate\ntrust-model always\n"


class _Signers(NamedTuple):
    """The allowed signers: the contents of the files of a policy, and their origin."""

    allowed_signers: bytes
    keyring: bytes
    origin: str

    @classmethod
    def of(cls, policy: Signers, source: GitTree) -> "_Signers":
        """Read the files at a commit. Raises Unreadable if a file is missing."""
        read = {name: source.read_elsewhere(path) for name, path in policy.files.items()}
        origin = f"{', '.join(map(_quote_plain, policy.files.values()))} at commit {source.commit.id[:12]}"
        return cls(read.get("allowedSigners", b""), read.get("keyring", b""), origin)


class _Format(NamedTuple):
    """A signature format: the verifying program, its package, and the prefix of the line for a good signature."""

    program: str
    package: str
    good: str


_SSH: Final = _Format("ssh-keygen", "openssh-client", 'Good "git" signature for ')
_PGP: Final = _Format("gpg", "gnupg", "[GNUPG:] GOODSIG ")
# The headers by which git tells formats apart (gpg-interface.c). The third format of git, X.509, is not supported:
# gpgsm would decide by the signers that the machine trusts.
_FORMATS: Final = MappingProxyType(
    {
        b"-----BEGIN SSH SIGNATURE-----": _SSH,
        b"-----BEGIN PGP SIGNATURE-----": _PGP,
        b"-----BEGIN PGP MESSAGE-----": _PGP,
    }
)


def refuse_unsigned(head: Head | None, registry: Manifest | None, source: Source) -> Iterator[Refusal]:
    """Yield a refusal if a signature is demanded, and the source is not a commit signed by an allowed signer.

    The signers come from the applied commit, by the registry.yaml in force. If this file demands no signature yet, the
    signers come from the new commit, which must meet its own demand.
    """
    in_force = read_policy(head.registry).signatures if head else None
    policy = in_force or read_policy(registry).signatures
    if policy is None:
        return
    if source.name != "commit" or source.commit is None or source.repository is None:
        message = (
            "spec.signatures demands a signed commit, and a work tree has no signature: git commit --gpg-sign,"
            " and apply that; no option overrides this"
        )
        yield Refusal(_RULE, message)
        return
    base = head.base_commit if in_force and head else None
    # The applied commit was verified when applied, by the signers of the time.
    if base != source.commit.id:
        asked = f"commit {source.commit.id[:12]}"
        for message in _check_signature(policy, source.repository, source.folder, source.commit.id, base):
            yield Refusal(_RULE, f"{asked} {message}")


def _check_signature(
    policy: Signers, repository: Repository, folder: str, commit: str, base: str | None
) -> Iterator[str]:
    """Yield the reason why a commit does not pass, if any."""
    if base and not repository.has(base):
        yield (
            f"cannot be verified: who may sign stands in commit {base}, which is applied and not in this repository;"
            " git fetch it. No option overrides this"
        )
        return
    try:
        signers = _Signers.of(policy, GitTree(repository, folder, base or commit))
    except Unreadable as error:
        yield f"cannot be verified: {error}, which says who may sign. No option overrides this"
        return
    with tempfile.TemporaryDirectory(prefix="toolreg-") as folder_of_ours:
        place = Path(folder_of_ours)
        problem = _find_problem(repository, commit, signers, place)
        if problem is not None:
            yield f"{problem}. spec.signatures demands {_describe_signers(signers, place)} ({signers.origin}). {_SIGN}"


def _find_problem(repository: Repository, commit: str, signers: _Signers, place: Path) -> str | None:
    """Return the problem with the signature of a commit, or None for a good signature."""
    raw = repository.read_raw_commit(commit, MAX_BYTES)
    if raw is None:
        return "is an object of more than 1 MiB"
    signature = _find_signature(raw, repository.object_format)
    if signature is None:
        return "is not signed"
    form = _FORMATS.get(signature)
    if form is None:
        return f"has a signature that is neither of SSH nor of OpenPGP ({quoted(signature.decode('utf-8', 'replace'))})"
    if shutil.which(form.program) is None:
        return (
            f"has a signature that only {form.program} can verify, which is not on this machine: install {form.package}"
        )
    home = _make_gnupg_home(place, signers.keyring) if form is _PGP else place
    is_good, said = repository.verify(commit, _make_settings(place, signers.allowed_signers), home)
    lines = said.splitlines()
    if is_good and any(line.startswith(form.good) for line in lines):
        return None
    return _explain_openpgp(lines) if form is _PGP else _explain_ssh(said)


def _make_settings(place: Path, allowed_signers: bytes) -> dict[str, str]:
    """Return the settings with which git verifies, instead of any other configuration."""
    signers, revoked = place / "allowed_signers", place / "revoked"
    signers.write_bytes(allowed_signers)
    revoked.touch()
    return {
        "gpg.program": "gpg",
        "gpg.openpgp.program": "gpg",
        "gpg.ssh.program": "ssh-keygen",
        "gpg.x509.program": "/dev/null",
        "gpg.ssh.allowedSignersFile": str(signers),
        "gpg.ssh.revocationFile": str(revoked),
        "gpg.minTrustLevel": "undefined",
    }


def _make_gnupg_home(place: Path, keyring: bytes) -> Path:
    """Return a new home of gpg with these keys alone."""
    home = place / "gnupg"
    home.mkdir(mode=0o700)
    (home / "gpg.conf").write_text(_GPG_CONF)
    _run_gpg(home, keyring, "--import")
    return home


def _run_gpg(home: Path, keyring: bytes, *arguments: str) -> list[str]:
    done = subprocess.run(  # noqa: S603  Fixed words.
        ["gpg", "--homedir", str(home), "--batch", "--no-autostart", "--quiet", *arguments],  # noqa: S607  As git does.
        input=keyring,
        capture_output=True,
        check=False,
    )
    return done.stdout.decode("utf-8", "replace").splitlines()


def _find_signature(raw: bytes, object_format: str) -> bytes | None:
    """Return the first line of the signature of a commit object, or None if unsigned."""
    name = b"gpgsig " if object_format == "sha1" else b"gpgsig-sha256 "
    head = raw.partition(b"\n\n")[0].split(b"\n")
    return next((line[len(name) :] for line in head if line.startswith(name)), None)


def _explain_openpgp(lines: list[str]) -> str:
    """Return the problem by the status lines of gpg (GnuPG, doc/DETAILS)."""
    said = dict(line.removeprefix("[GNUPG:] ").partition(" ")[::2] for line in lines if line.startswith("[GNUPG:] "))
    if "BADSIG" in said:
        return "has a signature that does not fit it: it was altered since it was signed"
    for status, why in (("EXPKEYSIG", "has expired"), ("REVKEYSIG", "was revoked")):
        if status in said:
            return f"is signed by the OpenPGP key {_quote_plain(said[status])}, which {why}"
    if "EXPSIG" in said:
        return f"has a signature of {_quote_plain(said['EXPSIG'])} that has expired"
    if "NO_PUBKEY" in said:
        return f"is signed by the OpenPGP key {_quote_plain(said['NO_PUBKEY'])}, which may not sign"
    return "has a signature that gpg cannot verify"


def _explain_ssh(said: str) -> str:
    """Return the problem by the output of ssh-keygen."""
    if "incorrect signature" in said:
        return "has a signature that does not fit it: it was altered since it was signed"
    key = re.search(r'^Good "git" signature with (\S+ key \S+)', said, re.MULTILINE)
    if key is None:
        return "has a signature that ssh-keygen cannot verify"
    why = "may not sign"
    if "key has expired" in said:
        why = "had expired by then"
    elif "key is not yet valid" in said:
        why = "was not valid yet"
    # Not shortened: readers compare fingerprints.
    return f"is signed by the {quoted(key[1], 200)[1:-1]}, which {why}"


def _describe_signers(signers: _Signers, place: Path) -> str:
    """Return a phrase that names the allowed signers, as far as known."""
    names = [*dict.fromkeys([*_list_principals(signers.allowed_signers), *_list_user_ids(signers.keyring, place)])]
    more = ", ..." if len(names) > _MOST_NAMED else ""
    return f"a signature by {', '.join(map(_quote_plain, names[:_MOST_NAMED])) or 'nobody at all'}{more}"


def _list_principals(allowed_signers: bytes) -> Iterator[str]:
    for line in allowed_signers.decode("utf-8", "replace").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.split()[0]


def _list_user_ids(keyring: bytes, place: Path) -> Iterator[str]:
    if keyring and shutil.which("gpg"):
        for line in _run_gpg(place, keyring, "--with-colons", "--show-keys"):
            fields = line.split(":")
            if fields[0] == "uid":
                yield fields[9]


def _quote_plain(text: str) -> str:
    return quoted(text)[1:-1]
