"""The rules of lint: content that is dangerous, doubtful or unwise."""

from typing import Final

from reconciler.core.rule import Level, Subject, make_rules

DANGERS: Final = make_rules(
    Subject.CONTENT,
    (
        "hidden-character",
        "Hidden character",
        "A text holds characters that readers do not see and models do: controls, zero width, bidirectional, tags.",
        "Remove them.",
    ),
    (
        "hidden-instruction",
        "Order to a model",
        "A text gives orders to a model: pseudo-tags, HTML comments, orders to ignore, to conceal or to prefer.",
        "Describe the tool, and give no orders.",
    ),
    (
        "secret",
        "Secret",
        "A text has the shape of a key, a token or a password. It is never shown, and cannot be ignored.",
        "Revoke it, and write a reference such as env:NAME.",
    ),
    ("no-description", "No description", "A description has no word.", "Say what the resource is for."),
    (
        "near-keyword",
        "Misspelt keyword",
        "A schema has a keyword that validators ignore, and that nearly is one of JSON Schema.",
        "Correct it; a keyword of your own begins with x-.",
    ),
    (
        "refused-name",
        "Name refused by model APIs",
        "MCP allows no such name for a tool, and OpenAI, Anthropic or Amazon Bedrock refuse it.",
        "Write letters, digits, _ and -, a letter first, at most 64 characters.",
    ),
    (
        "colliding-name",
        "Names collide",
        "Two tools of a service have one name after clients replaced the characters that model APIs refuse.",
        "Rename one of them.",
    ),
    (
        "same-tool-name",
        "Tool name twice",
        "Two tools of a service are called by one name; an agent can call only one of them.",
        "Rename one of them, or give it a service of its own.",
    ),
)
DOUBTS: Final = make_rules(
    Subject.CONTENT,
    (
        "provider-name",
        "Name refused by a model API",
        "MCP allows the name by which agents call the tool; OpenAI, Anthropic or Amazon Bedrock refuse the name.",
        "Write letters, digits, _ and -, a letter first, at most 64 characters; or rely on clients that map names.",
    ),
    (
        "sensitive-target",
        "Private data named",
        "A text names private data: SSH keys, password files, the conversation.",
        "Remove it, if the tool does not need it.",
    ),
    (
        "encoded-text",
        "Long text in base64",
        "A text outside of icons has 160 characters of base64 or more, which nobody can review.",
        "Remove it.",
    ),
    (
        "shadowed-tool",
        "Tool of others described",
        "A description names a tool of another service, or nearly equals its description.",
        "Describe this tool alone.",
    ),
    (
        "random-text",
        "Random text",
        "A default, constant, enum or example has 32 characters with more than 4.2 bits each, as a secret has.",
        "Write an obvious placeholder.",
    ),
    (
        "short-description",
        "Short description",
        "The description of a tool has less than 20 characters.",
        "Say when a model should call the tool, and what comes back.",
    ),
    (
        "description-is-name",
        "Description is the name",
        "The description of a tool repeats its name.",
        "Say when a model should call the tool, and what comes back.",
    ),
    (
        "same-description",
        "Description twice",
        "Two tools of a service have one description.",
        "Say when a model should call which.",
    ),
    (
        "long-description",
        "Long description",
        "The description of a tool has more than 1,024 characters, which some model APIs refuse.",
        "Move details into descriptions of parameters.",
    ),
    (
        "no-parameter-description",
        "Parameter without description",
        "A parameter has no description.",
        "Say what to send.",
    ),
    (
        "open-output",
        "Output of anything",
        "An object of an output schema accepts any object.",
        "Name the properties that come back.",
    ),
    ("no-items", "Array without items", "An array accepts any items.", "Say what it holds."),
    ("no-type", "No type", "A value has neither a type nor another description of its values.", "Write its type."),
    (
        "undeclared-required",
        "Required and not declared",
        "`required` names a property that no schema declares.",
        "Declare it, or remove it from `required`.",
    ),
    ("default-outside-enum", "Default outside enum", "A default is none of the listed values.", "List it."),
    ("enum-type", "Enum of another type", "`enum` lists a value that `type` rejects.", "Correct one of them."),
    (
        "example-format",
        "Example without its format",
        "An example fails the `format` of its schema where validators assert formats.",
        "Correct the example or the format.",
    ),
    (
        "foreign-pattern",
        "Pattern of another dialect",
        "A pattern has a construct that ECMA-262, the dialect of JSON Schema, does not know.",
        "Write it as the message says.",
    ),
    (
        "root-combination",
        "Alternatives at the root",
        "The arguments of a tool have oneOf, anyOf or allOf at their root, which model APIs refuse.",
        "Describe the arguments without.",
    ),
    (
        "destroying-read-only",
        "Destroys, and says it reads",
        "The name of a tool says that it destroys, its readOnlyHint that it changes nothing.",
        "Correct one of them.",
    ),
    (
        "no-successor",
        "No successor",
        "A deprecated tool names no tool to use instead.",
        "Write spec.deprecation.replacedBy.",
    ),
    (
        "unknown-tag",
        "Unknown tag",
        "A tag is none of spec.tags in registry.yaml.",
        "Correct it, or add it to spec.tags.",
    ),
    (
        "useless-ignore",
        "Ignores nothing",
        "An entry of metadata.lint ignores a rule that is not broken, or that cannot be ignored.",
        "Remove it.",
    ),
    level=Level.WARNING,
)
HINTS: Final = make_rules(
    Subject.CONTENT,
    (
        "no-timeout",
        "No timeout",
        "A tool has no spec.limits.timeout; callers cannot tell a slow call from a lost one.",
        "Write it.",
    ),
    (
        "many-parameters",
        "Many parameters",
        "A tool has more than 15 parameters, which models confuse.",
        "Split the tool, or group parameters.",
    ),
    level=Level.INFO,
)
