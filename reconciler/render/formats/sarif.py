"""SARIF 2.1.0 (OASIS), as code scanning of GitHub reads it."""

from typing import Final
from urllib.parse import quote

from reconciler.core.catalogue import CATALOGUE
from reconciler.core.pointer import Json
from reconciler.core.review import Remark, Review, fingerprints
from reconciler.core.rule import Level
from reconciler.render import json_document
from reconciler.render.formats.text import printable

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "note", Level.OFF: "none"}
MOST_RESULTS: Final = 25_000
"""GitHub refuses a run with more results (docs.github.com, SARIF support for code scanning)."""


def render(review: Review) -> str:
    """Return a log with one run. Beyond 25,000 results, the worst are kept and the others are counted."""
    remarks = review.worst_first
    kept = remarks[:MOST_RESULTS]
    ids = {rule: index for index, rule in enumerate(sorted({remark.rule for remark in kept}))}
    results: list[Json] = [
        _describe_result(remark, ids[remark.rule], fingerprint)
        for remark, fingerprint in zip(kept, fingerprints(kept), strict=True)
    ]
    driver: dict[str, Json] = {
        "name": "toolreg",
        "version": review.version,
        "informationUri": "https://pypi.org/project/toolreg/",
        "rules": [_describe_rule(rule) for rule in ids],
    }
    run: dict[str, Json] = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"toolreg/{review.command}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The top of the repository."}}},
        "invocations": [_describe_invocation(review, len(remarks) - len(kept))],
        "results": results,
    }
    return json_document.format_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _describe_result(remark: Remark, index: int, fingerprint: str) -> Json:
    # A URI reference, relative to the top of the repository (RFC 3986, section 4.2).
    uri = quote(remark.path.encode("utf-8", "surrogatepass"))
    place: dict[str, Json] = {
        "artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": remark.line, "startColumn": remark.column},
    }
    return {
        "ruleId": remark.rule,
        "ruleIndex": index,
        "level": _LEVELS[remark.level],
        # `[text](target)` is an embedded link, in plain text, too (SARIF, 3.11.6).
        "message": {"text": printable(remark.message).replace("](", "] (")},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"toolreg/v1": fingerprint},
    }


def _describe_rule(name: str) -> Json:
    rule = CATALOGUE.get(name)
    if rule is None:
        # A rule of the registry itself.
        return {"id": name}
    return {
        "id": name,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.meaning},
        "help": {"text": rule.remedy},
        "defaultConfiguration": {"level": _LEVELS[rule.level]},
    }


def _describe_invocation(review: Review, left_out: int) -> Json:
    invocation: dict[str, Json] = {"executionSuccessful": True, "endTimeUtc": f"{review.at}Z"}
    if left_out:
        text = f"{left_out:,} more results were left out."
        invocation["toolExecutionNotifications"] = [{"level": "warning", "message": {"text": text}}]
    return invocation
