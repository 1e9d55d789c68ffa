"""One manifest: parsing and checking it, in this process."""

from collections.abc import Callable, Iterator
from typing import Any, Final, cast

import jsonschema
import yaml
from jsonschema_rs import Draft202012Validator
from yaml import _yaml

from reconciler.assets import load_contract
from reconciler.core.json_text import to_json_text
from reconciler.core.manifest import check
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.resource import digest_of
from reconciler.core.yaml.document import Document, parse_yaml
from tests.benchmarks import block_yaml
from tests.benchmarks.measure import Row, each
from tests.benchmarks.resources import resources

_SAMPLE: Final = 2000
_TWO_KILOBYTES: Final = range(1800, 2200)


def rows() -> Iterator[Row]:
    """Yield what reading a tool of two kilobytes costs, on the average of some hundreds."""
    written = [(inside, block_yaml.text(manifest).encode()) for inside, manifest in resources(_SAMPLE)]
    files = [(inside, text) for inside, text in written if inside.startswith("tools/") and len(text) in _TWO_KILOBYTES]
    texts = [text for _, text in files]
    parsing = each(lambda: [parse_yaml(text) for text in texts], len(texts))
    events = each(lambda: [_yaml.CParser(text).raw_parse() for text in texts], len(texts))
    yield Row("parse a manifest of 2 KB", parsing, events, "libyaml's events, without Python objects", 220e-6)
    loaded = each(lambda: [yaml.load(text, yaml.CSafeLoader) for text in texts], len(texts), 3)
    yield Row("  beside it: PyYAML's CSafeLoader", loaded, events, "the same")
    yield from _checking(files, parsing)


def _checking(files: list[tuple[str, bytes]], parsing: float) -> Iterator[Row]:
    rules = load_contract()

    def after_parsing(work: Callable[[Any], object], runs: int = 9) -> float:
        # Each time after the parsing, as it happens: done in a row the same work is up to twice as fast.
        steps = each(lambda: [work(cast("Document", parse_yaml(text)).value) for _, text in files], len(files), runs)
        return steps - parsing

    reading = each(lambda: [check.read_manifest(inside, inside, text, "", rules) for inside, text in files], len(files))
    storing = after_parsing(lambda manifest: digest_of(to_json_text(manifest)))
    floor = after_parsing(lambda manifest: _least(rules, manifest))
    yield Row("check it", reading - parsing - storing, floor, "jsonschema-rs alone", 80e-6)
    slow = after_parsing(lambda manifest: _with_jsonschema(rules, manifest), 1)
    yield Row("  beside it: jsonschema", slow, floor, "the same")
    yield Row("its JSON text and digest", storing)


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
