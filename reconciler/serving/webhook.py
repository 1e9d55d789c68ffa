"""Verifies that a webhook comes from somebody who knows a secret. No I/O.

Sources: GitHub, *Validating webhook deliveries*; Bitbucket, *Manage webhooks*; Gitea and Forgejo, *Webhooks*; GitLab,
*Webhooks*; the Standard Webhooks specification.
"""

import base64
import binascii
import hashlib
import hmac
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final

from reconciler.core.errors import ToolregError

REPLAY_SECONDS: Final = 300.0
"""The age, in either direction, from which a signed time is refused (Standard Webhooks, *Verifying payloads*)."""

_MOST_IDS: Final = 10_000
_SHORTEST_SECRET: Final = 8
_DECIMAL: Final = re.compile(r"[0-9]{1,12}")
_PREFIX: Final = b"whsec_"


class Webhook:
    """Judges requests by secrets: several during a rotation. Remembers the ids of signed messages against replays."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._secrets = tuple(secrets)
        self._keys = tuple(map(decode_key, secrets))
        self._seen: OrderedDict[str, float] = OrderedDict()
        # Requests are judged in several threads: two copies of a message must not both be the first.
        self._lock = threading.Lock()

    def is_genuine(self, headers: Mapping[str, str], body: bytes, now: float) -> bool:
        """Whether a request was signed with a secret, by the scheme of its headers. Names of headers are lower case.

        `now` is in seconds since 1970. The first scheme present decides, so a weaker header beside it does not count.
        """
        if "webhook-signature" in headers:
            return self._is_standard(headers, body, now)
        if "x-hub-signature-256" in headers:
            return self._has_prefixed(headers["x-hub-signature-256"], body)
        # Forgejo sends Gitea's header, too.
        for name in ("x-forgejo-signature", "x-gitea-signature"):
            if name in headers:
                return self._has_hex(headers[name], body)
        if "x-hub-signature" in headers:
            # Bitbucket. GitHub's header of this name is SHA-1, whose prefix differs.
            return self._has_prefixed(headers["x-hub-signature"], body)
        if "x-gitlab-token" in headers:
            return self._is_any(headers["x-gitlab-token"].encode("utf-8", "replace"), self._secrets)
        return False

    def _has_prefixed(self, given: str, body: bytes) -> bool:
        algorithm, _, digest = given.partition("=")
        return algorithm == "sha256" and self._has_hex(digest, body)

    def _has_hex(self, given: str, body: bytes) -> bool:
        wanted = [hmac.new(secret, body, hashlib.sha256).hexdigest().encode() for secret in self._secrets]
        return self._is_any(given.encode("utf-8", "replace"), wanted)

    def _is_standard(self, headers: Mapping[str, str], body: bytes, now: float) -> bool:
        name, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not name or not _DECIMAL.fullmatch(stamp) or abs(now - int(stamp)) > REPLAY_SECONDS:
            return False
        content = b".".join((name.encode("utf-8", "replace"), stamp.encode(), body))
        wanted = [base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()) for key in self._keys]
        given = [part[3:] for part in headers["webhook-signature"].split(" ") if part.startswith("v1,")]
        is_signed = [self._is_any(one.encode("utf-8", "replace"), wanted) for one in given]
        return any(is_signed) and self._note_first(name, now)

    def _note_first(self, name: str, now: float) -> bool:
        """Whether a message was not seen within the window; remember the message."""
        with self._lock:
            while self._seen and next(iter(self._seen.values())) < now - 2 * REPLAY_SECONDS:
                self._seen.popitem(last=False)
            if name in self._seen:
                return False
            self._seen[name] = now
            if len(self._seen) > _MOST_IDS:
                self._seen.popitem(last=False)
            return True

    def _is_any(self, given: bytes, wanted: Sequence[bytes]) -> bool:
        """Whether a text is one of several, in a time that does not tell which part differs."""
        # All are compared, whichever fits.
        fits = [hmac.compare_digest(given, one) for one in wanted]
        return any(fits)


def decode_key(secret: bytes) -> bytes:
    """Return the key of Standard Webhooks: the base64 behind whsec_, or a secret without this prefix as it stands.

    Raises ToolregError for text that is no base64 and for a short key: anyone can sign with an empty one.
    """
    key = secret
    if secret.startswith(_PREFIX):
        try:
            key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            raise ToolregError("a secret begins with whsec_, but base64 does not follow; copy it again") from None
    if len(key) < _SHORTEST_SECRET:
        raise ToolregError(
            f"a webhook secret has {len(key)} bytes{' behind whsec_' * (key is not secret)}; expected"
            f" {_SHORTEST_SECRET} or more, such as the output of: openssl rand -hex 32"
        )
    return key
