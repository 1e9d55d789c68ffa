"""Webhooks: the signature of each provider, and everything that is none."""

import base64
import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor

import pytest

from reconciler.core.errors import ToolregError
from reconciler.serving.webhook import REPLAY_SECONDS, Webhook

SECRET = b"It's a Secret to Everybody"
BODY = b"Hello, World!"
NOW = 1_614_265_330.0
# GitHub, Validating webhook deliveries: the documented test values.
OF_GITHUB = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def standard(name: str = "msg_1", stamp: float = NOW, body: bytes = BODY, key: bytes = SECRET) -> dict[str, str]:
    """Return the headers of Standard Webhooks."""
    content = f"{name}.{int(stamp)}.".encode() + body
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {"webhook-id": name, "webhook-timestamp": str(int(stamp)), "webhook-signature": f"v1,{signature}"}


GENUINE = {
    "GitHub": {"x-hub-signature-256": f"sha256={OF_GITHUB}"},
    "Bitbucket": {"x-hub-signature": f"sha256={OF_GITHUB}"},
    "Gitea": {"x-gitea-signature": OF_GITHUB},
    "Forgejo": {"x-forgejo-signature": OF_GITHUB, "x-gitea-signature": OF_GITHUB},
    "Forgejo decides": {"x-forgejo-signature": OF_GITHUB, "x-gitea-signature": "0" * 64},
    "GitLab": {"x-gitlab-token": SECRET.decode()},
    "Standard Webhooks": standard(),
    "one of several signatures": standard() | {"webhook-signature": "v1a,x v1,AAAA " + standard()["webhook-signature"]},
}
FORGED = {
    "no header": {},
    "another digest": {"x-hub-signature-256": f"sha256={OF_GITHUB[::-1]}"},
    "SHA-1": {"x-hub-signature": "sha1=" + hmac.new(SECRET, BODY, hashlib.sha1).hexdigest()},
    "no prefix": {"x-hub-signature-256": OF_GITHUB},
    "empty": {"x-hub-signature-256": ""},
    "empty digest": {"x-hub-signature-256": "sha256="},
    "no ASCII": {"x-hub-signature-256": "sha256=" + "é" * 64},
    "capitals": {"x-gitea-signature": OF_GITHUB.upper()},
    "twice": {"x-gitea-signature": f"{OF_GITHUB}, {OF_GITHUB}"},
    "Gitea's does not count beside Forgejo's": {"x-forgejo-signature": "0" * 64, "x-gitea-signature": OF_GITHUB},
    "a token does not count beside a signature": {"x-hub-signature-256": "x", "x-gitlab-token": SECRET.decode()},
    "another token": {"x-gitlab-token": SECRET.decode() + " "},
    "no token": {"x-gitlab-token": ""},
    "old": standard(stamp=NOW - REPLAY_SECONDS - 1),
    "from the future": standard(stamp=NOW + REPLAY_SECONDS + 1),
    "another time": standard() | {"webhook-timestamp": str(int(NOW) + 1)},
    "no time": standard() | {"webhook-timestamp": "soon"},
    "a time with a sign": standard() | {"webhook-timestamp": f"+{int(NOW)}"},
    "another id": standard() | {"webhook-id": "msg_2"},
    "no id": standard(name=""),
    "another version": standard() | {"webhook-signature": standard()["webhook-signature"].replace("v1", "v2")},
}


@pytest.mark.parametrize("headers", GENUINE.values(), ids=GENUINE)
def test_a_signed_request_is_genuine(headers: dict[str, str]) -> None:
    assert Webhook([b"another secret", SECRET]).is_genuine(headers, BODY, NOW)
    assert not Webhook([b"another secret"]).is_genuine(headers, BODY, NOW)
    assert not Webhook([]).is_genuine(headers, BODY, NOW)
    if "x-gitlab-token" not in headers:
        assert not Webhook([SECRET]).is_genuine(headers, BODY + b" ", NOW)


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED)
def test_a_forged_request_is_not(headers: dict[str, str]) -> None:
    assert not Webhook([SECRET]).is_genuine(headers, BODY, NOW)


def test_a_message_counts_once() -> None:
    webhook = Webhook([SECRET])

    assert webhook.is_genuine(standard(), BODY, NOW)
    assert not webhook.is_genuine(standard(), BODY, NOW + 1)
    assert webhook.is_genuine(standard(name="msg_2"), BODY, NOW + 1)


def test_a_forged_message_does_not_use_up_an_id() -> None:
    webhook = Webhook([SECRET])

    assert not webhook.is_genuine(standard(key=b"another secret"), BODY, NOW)
    assert webhook.is_genuine(standard(), BODY, NOW)


def test_a_secret_of_standard_webhooks_is_base64() -> None:
    # The example of the specification's libraries.
    webhook = Webhook([b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }

    assert webhook.is_genuine(headers, b'{"test": 2432232314}', NOW)


def test_of_copies_of_a_message_at_once_one_counts() -> None:
    webhook = Webhook([SECRET])
    with ThreadPoolExecutor(8) as pool:
        verdicts = [*pool.map(lambda _: webhook.is_genuine(standard(), BODY, NOW), range(200))]

    assert sum(verdicts) == 1


@pytest.mark.parametrize("secret", [b"whsec_====", b"whsec_AA==", b"whsec_!!!!!!!!"])
def test_a_standard_secret_without_a_key_is_refused(secret: bytes) -> None:
    with pytest.raises(ToolregError, match="whsec_") as caught:
        Webhook([secret])

    assert secret.decode() not in str(caught.value)


@pytest.mark.parametrize("secret", [b"", b"short"])
def test_a_secret_that_says_nothing_is_refused(secret: bytes) -> None:
    with pytest.raises(ToolregError, match="expected 8 or more"):
        Webhook([secret])
