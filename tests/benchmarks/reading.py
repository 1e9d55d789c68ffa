"""One manifest: parsing and checking it, in this process."""

from collections.abc import Iterator
from typing import Any, cast

import jsonschema
import yaml
from jsonschema_rs import Draft202012Validator
from yaml import _yaml

from reconciler.assets import contract
from reconciler.core import check
from reconciler.core.contract import Contract
from reconciler.core.yaml12 import Document, parse
from tests.benchmarks import block_yaml
from tests.benchmarks.measure import Row, each
from tests.benchmarks.resources import resources

_SAMPLE = 400


def rows() -> Iterator[Row]:
    """Yield what reading one tool costs, on the average of a sample."""
    tools = [(inside, manifest) for inside, manifest in resources(_SAMPLE) if inside.startswith("tools/")]
    texts = [block_yaml.text(manifest).encode() for _, manifest in tools]
    size = f"{sum(map(len, texts)) / len(texts) / 1000:.1f} KB"
    parsing = each(lambda: [parse(text) for text in texts], len(texts))
    events = each(lambda: [_yaml.CParser(text).raw_parse() for text in texts], len(texts))
    yield Row(f"parse a manifest of {size}", parsing, events, "libyaml's events, without Python objects", 220e-6)
    loaded = each(lambda: [yaml.load(text, yaml.CSafeLoader) for text in texts], len(texts), 3)
    yield Row("  beside it: PyYAML's CSafeLoader", loaded, events, "the same")
    yield from _checking([(inside, text) for (inside, _), text in zip(tools, texts, strict=True)], parsing)


def _checking(texts: list[tuple[str, bytes]], parsing: float) -> Iterator[Row]:
    rules = contract()
    manifests = [cast("Document", parse(text)).value for _, text in texts]
    reading = each(lambda: [check.read(inside, inside, text, "", rules) for inside, text in texts], len(texts))
    floor = each(lambda: [_least(rules, manifest) for manifest in manifests], len(manifests))
    yield Row("check it", reading - parsing, floor, "jsonschema-rs alone", 80e-6)
    few = manifests[:40]
    slow = each(lambda: [_with_jsonschema(rules, manifest) for manifest in few], len(few), 3)
    yield Row("  beside it: jsonschema", slow, floor, "the same")


def _least(rules: Contract, manifest: Any) -> bool:
    spec = manifest["spec"]
    given, answered = Draft202012Validator(spec["inputSchema"]), Draft202012Validator(spec["outputSchema"])
    return rules.kinds["Tool"].validator.is_valid(manifest) and all(
        given.is_valid(example["input"]) and answered.is_valid(example["output"]) for example in spec["examples"]
    )


def _with_jsonschema(rules: Contract, manifest: Any) -> bool:
    spec = manifest["spec"]
    for schema in ("inputSchema", "outputSchema"):
        jsonschema.Draft202012Validator.check_schema(spec[schema])
    given, answered = (jsonschema.Draft202012Validator(spec[schema]) for schema in ("inputSchema", "outputSchema"))
    return jsonschema.Draft202012Validator(rules.kinds["Tool"].schema).is_valid(manifest) and all(
        given.is_valid(example["input"]) and answered.is_valid(example["output"]) for example in spec["examples"]
    )
