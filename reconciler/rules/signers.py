"""Checks the files of authorized signers of commits, named in registry.yaml (`spec.signatures`)."""

from collections.abc import Iterator
from typing import Final

from reconciler.core.manifest.diagnostic import Problem
from reconciler.core.manifest.policy import read_policy
from reconciler.core.manifest.resource import Manifest
from reconciler.core.pointer import format_pointer
from reconciler.core.quote import quoted
from reconciler.desired.source import Source, Unreadable

# Principals, key type, and key (ssh-keygen, ALLOWED SIGNERS).
_FIELDS: Final = 3


def find_signer_problems(source: Source, registry: Manifest | None) -> Iterator[Problem]:
    """Yield the problems of the signer files: without a usable file, no commit could be applied any more."""
    signers = read_policy(registry).signatures
    for name, path in signers.files.items() if signers else ():
        pointer = ("spec", "signatures", name)
        try:
            wrong = _describe_defect(name, source.read_elsewhere(path))
        except Unreadable as error:
            wrong = str(error)
        if wrong:
            message = f"{format_pointer(pointer)} is {quoted(path)}: {wrong}"
            yield Problem(registry.path or "" if registry else "", pointer, "signers", message)


def _describe_defect(name: str, data: bytes) -> str | None:
    """Return the defect of a signer file, or None for a usable file."""
    if name == "keyring":
        if b"-----BEGIN PGP PRIVATE KEY BLOCK-----" in data:
            return "it holds a private key, which is no longer secret; revoke it, and write gpg --armor --export here"
        is_one = b"-----BEGIN PGP PUBLIC KEY BLOCK-----" in data
        return None if is_one else "it holds no public key as gpg --armor --export writes it"
    lines = [line.split() for line in data.splitlines() if line.strip() and not line.startswith(b"#")]
    if lines and all(len(fields) >= _FIELDS for fields in lines):
        return None
    return "expected a line for each who may sign, such as: ada@example.com ssh-ed25519 AAAA..."
