"""toolreg check of a service that demands more: a new scope, or another proof, is told for each of its tools."""

from typing import Any, Final

import pytest

from reconciler.core.manifest.check import check_document
from tests.builders import Repository, Result, run, service, tool

TOKENS: Final = "https://login.example.com/token"
NONE: Final = {"type": "none"}
KEY: Final = {"type": "apiKey", "in": "header", "name": "X-Key"}
Auth = dict[str, Any]


def oauth(*scopes: str, flow: str = "clientCredentials") -> Auth:
    """Return an authentication with these scopes."""
    urls = {"tokenUrl": TOKENS} | ({"authorizationUrl": TOKENS} if flow == "authorizationCode" else {})
    return {"type": "oauth2", "flows": {flow: urls | {"scopes": dict.fromkeys(scopes, "It allows something.")}}}


def check(repository: Repository, *arguments: str) -> Result:
    return run("check", "--against", "HEAD", *arguments, cwd=repository.top)


def found(repository: Repository) -> dict[str, list[str]]:
    """Return the messages about the authentication of each tool."""
    return {
        one["name"]: [finding["message"] for finding in one["findings"] if finding["rule"] == "contract-auth"]
        for one in check(repository, "-o", "json").json["tools"]
    }


def changed(repository: Repository, before: Auth, after: Auth) -> dict[str, list[str]]:
    repository.add(service(auth=before), tool())
    repository.commit()
    repository.add(service(auth=after))
    return found(repository)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (NONE, KEY, "authentication was none, and is apiKey"),
        (NONE, oauth("a"), "authentication was none, and is oauth2"),
        (KEY, {"type": "mutualTLS"}, "authentication was apiKey, and is mutualTLS"),
        (oauth("a"), oauth("a", "b:write"), 'scope "b:write" can be demanded from now on'),
        (oauth("a"), oauth("b", "c"), 'scopes "b", "c" can be demanded from now on'),
        (oauth("a"), oauth(*"abcdef"), 'scopes "b", "c", "d" and 2 more can be demanded from now on'),
        (oauth("a"), oauth("a", "b", flow="authorizationCode"), 'scope "b" can be demanded from now on'),
    ],
)
def test_a_service_that_demands_more_is_told_for_its_tools(
    repository: Repository, before: Auth, after: Auth, message: str
) -> None:
    assert changed(repository, before, after) == {"lookup": [f"the service api demands more: {message}"]}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (KEY, NONE),
        (oauth("a"), NONE),
        (oauth("a", "b"), oauth("b")),
        (oauth("a", "b"), oauth("b", "a", flow="authorizationCode")),
        (KEY, KEY | {"credentials": {"apiKey": "env:KEY"}}),
    ],
)
def test_a_service_that_demands_no_more_is_not_told(repository: Repository, before: Auth, after: Auth) -> None:
    assert changed(repository, before, after) == {}


def test_the_report_is_a_warning_that_demands_no_version_of_the_tool(repository: Repository) -> None:
    """The change stands in the file of the service."""
    repository.add(service(auth=oauth("a")), tool())
    base = repository.commit()
    repository.add(service(auth=oauth("a", "b")))

    text, result = check(repository), check(repository, "-o", "json")

    [one] = result.json["tools"]
    assert (text.code, result.code) == (0, 0)
    assert (one["before"], one["after"], one["requiredVersion"], one["input"]) == ("1.0.0", "1.0.0", None, "compatible")
    [finding] = one["findings"]
    assert {key: finding[key] for key in ("level", "direction", "pointer", "before", "after")} == {
        "level": "warning",
        "direction": "tool",
        "pointer": "/spec/service",
        "before": {"type": "oauth2", "scopes": ["a"]},
        "after": {"type": "oauth2", "scopes": ["a", "b"]},
    }
    assert text.out.splitlines() == [
        "registry/tools/lookup.yaml: lookup 1.0.0 -> 1.0.0",
        '  warning  spec.service: the service api demands more: scope "b" can be demanded from now on [contract-auth]',
        f"No tool changed since {base[:12]}; 1 unchanged with a service that demands more.",
    ]


def test_a_changed_tool_has_the_finding_beside_its_own(repository: Repository) -> None:
    repository.add(service(auth=NONE), tool("changed"), tool("moved"), tool("same"), tool("gone", lifecycle="retired"))
    repository.add(service("other"), tool("of_another", service="other"))
    repository.commit()
    repository.add(service(auth=KEY), tool("new"), tool("changed", metadata={"description": "Another."}))
    repository.move("tools/moved.yaml", "tools/team/moved.yaml")
    repository.remove("tools/gone.yaml")

    told = found(repository)

    assert {name: len(messages) for name, messages in told.items()} == {"changed": 1, "gone": 0, "moved": 1, "same": 1}
    [one] = [one for one in check(repository, "-o", "json").json["tools"] if one["name"] == "changed"]
    assert (one["requiredVersion"], [finding["level"] for finding in one["findings"]]) == ("1.0.1", ["warning", "info"])


def test_a_renamed_service_is_compared_with_what_it_was(repository: Repository) -> None:
    repository.add(tool())
    repository.commit()
    repository.remove("services/api.yaml")
    repository.add(service("gateway", metadata={"movedFrom": "api"}, auth=KEY), tool(service="gateway"))

    message = "the service gateway demands more: authentication was none, and is apiKey"
    assert found(repository) == {"lookup": [message]}


def test_an_exception_covers_the_finding(repository: Repository) -> None:
    exception = {
        "tool": "lookup",
        "rule": "contract-auth",
        "reason": "Known.",
        "approver": "ada",
        "expires": "2999-01-01",
    }
    content = {"apiVersion": "toolreg/v1", "kind": "Exceptions", "spec": {"exceptions": [exception]}}
    repository.write("exceptions.yaml", content)

    assert list(changed(repository, NONE, KEY)) == ["lookup"]
    out = check(repository).out
    assert "  excepted spec.service: the service api demands more" in out
    assert "exception-unused" not in out


@pytest.mark.parametrize("spelling", ["'shop'", '"shop"', '"\\x73hop"', '"\\u0073h\\x6fp"'])
def test_a_service_is_found_however_a_tool_spells_it(repository: Repository, spelling: str) -> None:
    repository.add(service("shop"), tool(service="SPELLING"))
    path = repository.top / "registry/tools/lookup.yaml"
    path.write_text(path.read_text().replace("SPELLING", spelling))
    repository.commit()
    repository.add(service("shop", auth=KEY))

    assert list(found(repository)) == ["lookup"]


def test_a_service_of_many_tools_is_told_for_the_first_hundred(repository: Repository) -> None:
    repository.add(*(tool(f"tool{number:03}") for number in range(123)))
    repository.commit()
    repository.add(service(auth=KEY))

    text, document = check(repository).out, check(repository, "-o", "json").json

    assert [one["name"] for one in document["tools"]] == [f"tool{number:03}" for number in range(100)]
    assert document["moreTools"] == 23
    assert "... and 23 more unchanged tools of a service that demands more.\n" in text
    assert text.endswith("; 123 unchanged with a service that demands more.\n")


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are parsed, in this process."""
    paths: list[str] = []

    def noting(document: Any, path: str, inside: str, *arguments: Any) -> Any:
        paths.append(inside)
        return check_document(document, path, inside, *arguments)

    monkeypatch.setattr("reconciler.desired.load.check_document", noting)
    return paths


@pytest.mark.parametrize(
    ("auth", "more"), [(KEY, ["tools/one.yaml", "tools/two.yaml"]), (NONE, [])], ids=["demands more", "does not"]
)
def test_other_tools_are_parsed_only_if_their_service_demands_more(
    repository: Repository, parsed: list[str], auth: Auth, more: list[str]
) -> None:
    """Cost follows the change."""
    repository.add(service("shop"), tool("one", service="shop"), tool("two", service="shop"), tool("third"))
    repository.commit()
    repository.add(service("shop", metadata={"description": "Another."}, auth=auth))
    parsed.clear()

    assert check(repository).code == 0

    # Before and after, and registry.yaml is not asked, since a base is named.
    assert parsed == ["services/shop.yaml", "services/shop.yaml", *more]


def test_a_broken_file_beside_is_no_obstacle(repository: Repository) -> None:
    repository.add(tool())
    repository.write("tools/broken.yaml", "spec: [api")
    (repository.top / "registry/tools/link.yaml").symlink_to("lookup.yaml")
    repository.commit()
    repository.add(service(auth=KEY))

    assert list(found(repository)) == ["lookup"]
