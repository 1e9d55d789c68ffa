"""The rules of the contract between a tool and its callers."""

from typing import Final

from reconciler.core.rule import Level, Subject, make_rules

BREAKS: Final = make_rules(
    Subject.CONTRACT,
    ("contract-type", "Type changed", "A schema names other types.", "Accept the former types, too."),
    ("contract-enum", "Listed values changed", "`enum` or `const` differs.", "Keep the values that callers send."),
    ("contract-bounds", "Bound changed", "A minimum, a maximum, a length or a count differs.", "Keep the wider bound."),
    ("contract-pattern", "Pattern changed", "`pattern` or `multipleOf` differs.", "Accept what was accepted before."),
    ("contract-format", "Format changed", "`format` or the encoding of content differs.", "Keep the format."),
    ("contract-required", "Required properties changed", "`required` differs.", "Make a new argument optional."),
    (
        "contract-property-removed",
        "Property removed",
        "A property is no longer declared. A tool that takes others, too, ignores it silently.",
        "Deprecate it first, and remove it with a major version.",
    ),
    (
        "contract-additional-properties",
        "Other properties",
        "What is said about properties that are not declared differs.",
        "Accept the properties that callers send.",
    ),
    ("contract-items", "Items changed", "What is said about items of a list differs.", "Accept the former lists."),
    (
        "contract-combination",
        "Combination changed",
        "`allOf`, `anyOf`, `oneOf`, `not`, `if` or a condition differs.",
        "Keep the branches that callers use.",
    ),
    ("contract-schema", "Schema changed", "The schemas differ so that callers break.", "See the value that is shown."),
    ("contract-output", "Output schema", "A tool describes its output no longer, or from now on.", "Keep the schema."),
    ("contract-name", "Name changed", "Agents call the tool by its name.", "Keep `spec.toolName`."),
    ("contract-service", "Service changed", "Another service serves the tool.", "Tell the agents that call it."),
    (
        "contract-removed",
        "Tool removed",
        "A tool is removed that was not deprecated before.",
        "Set `lifecycle: deprecated` first, and remove it in a later commit.",
    ),
)
CONTRACT_WARNINGS: Final = make_rules(
    Subject.CONTRACT,
    (
        "contract-unknown",
        "Cannot be told",
        "Neither a proof that the change is harmless nor a value that breaks was found.",
        "Write the schema more simply, or raise the major version.",
    ),
    ("contract-default", "Default changed", "The same call does something else.", "Keep the default."),
    ("contract-hint", "Hint changed", "A hint of `spec.annotations` differs.", "Clients may ask their users again."),
    ("contract-lifecycle", "Lifecycle changed", "`spec.lifecycle` differs.", "Tell the agents that call the tool."),
    ("contract-limits", "Limit changed", "A limit of `spec.limits` differs.", "Tell the agents that call the tool."),
    ("contract-objectives", "Objective changed", "`spec.objectives` differs.", "Tell the agents that call the tool."),
    (
        "contract-auth",
        "Authentication demands more",
        "The service of the tool demands a scope that is new, or another proof.",
        "Tell the agents that call the tool.",
    ),
    (
        "contract-version",
        "Version does not rise",
        "A version falls, or differs in its build metadata alone, which has no precedence.",
        "Write a version that was never used.",
    ),
    (
        "exception-expired",
        "Exception expired",
        "The last day of an entry of exceptions.yaml is past, and it covers nothing.",
        "Remove it, or have it approved again.",
    ),
    level=Level.WARNING,
)
CONTRACT_NOTES: Final = make_rules(
    Subject.CONTRACT,
    ("contract-property-added", "Property added", "A property is new.", "Nothing, if it is optional."),
    (
        "contract-wording",
        "Wording changed",
        "Models choose a tool by its words.",
        "Try it with the agents that call it.",
    ),
    (
        "exception-unused",
        "Exception unused",
        "An entry of exceptions.yaml covers no finding of its tool, or names a tool that is not there.",
        "Remove it.",
    ),
    level=Level.INFO,
)
