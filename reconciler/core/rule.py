"""The catalogue of rules: the id of every diagnostic and refusal, its meaning and its remedy."""

from enum import Enum
from typing import Final, NamedTuple


class Level(Enum):
    """The severity of a broken rule."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    OFF = "off"


class Subject(Enum):
    """The subject of a rule."""

    FILE = "a file"
    REGISTRY = "the registry"
    CONTENT = "the content of a manifest"
    CONTRACT = "a contract"
    PLAN = "a plan"


class Rule(NamedTuple):
    """A rule. `since` is the first version with the rule."""

    id: str
    subject: Subject
    title: str
    meaning: str
    remedy: str
    level: Level = Level.ERROR
    since: str = "0.1.0"


def _make_rules(subject: Subject, *rules: tuple[str, str, str, str], level: Level = Level.ERROR) -> tuple[Rule, ...]:
    return tuple(Rule(name, subject, title, meaning, remedy, level) for name, title, meaning, remedy in rules)


_FILES: Final = _make_rules(
    Subject.FILE,
    # The bytes and characters of a file.
    ("too-large", "File too large", "A manifest has more than 1 MiB.", "Make it smaller."),
    ("encoding", "Not UTF-8", "The file is encoded as something else than UTF-8.", "Save it as UTF-8."),
    (
        "byte-order-mark",
        "Byte order mark",
        "The file begins with, or holds, U+FEFF, which some readers take for text.",
        "Save the file as UTF-8 without BOM.",
    ),
    ("nul", "NUL character", "PostgreSQL stores no U+0000 in a text.", "Remove it."),
    (
        "control-character",
        "Control character",
        "A character that YAML does not allow as it is, and that a terminal may obey.",
        "Remove it, or write its escape in double quotes.",
    ),
    (
        "line-separator",
        "Line separator",
        "U+0085, U+2028 and U+2029 end a line for some readers of YAML and not for others.",
        "Remove it, or write its escape in double quotes.",
    ),
    (
        "lone-surrogate",
        "Half a character",
        "An escape names one half of a pair of surrogates, which is no character.",
        "Write the whole character.",
    ),
    # YAML.
    ("empty", "Empty file", "There is nothing in the file.", "Write a manifest, or remove the file."),
    ("syntax", "Not YAML", "The text breaks the grammar of YAML 1.2.", "Correct it at the place that is told."),
    ("tab", "Tab as indentation", "YAML is indented with spaces.", "Replace the tab by spaces."),
    (
        "merge-conflict",
        "Merge conflict",
        "git left both sides of a merge in the file.",
        "Keep one side, and remove the markers.",
    ),
    (
        "multiple-documents",
        "Several documents",
        "A file is one manifest; a second document begins after ---.",
        "Give each manifest a file of its own.",
    ),
    ("directive", "Directive", "A line that begins with % changes how YAML is read.", "Remove the line."),
    ("alias", "Alias", "Text that begins with * is an alias, which is not read.", "Write the value out, or quote it."),
    ("anchor", "Anchor", "Text that begins with & is an anchor, which is not read.", "Remove it, or quote the text."),
    ("tag", "Tag", "Text that begins with ! is a tag, which is not read.", "Remove it, or quote the text."),
    ("merge-key", "Merge key", "<< is no part of YAML 1.2.", "Write out what it merges, or quote the key."),
    ("duplicate-key", "Key twice", "A mapping has a key twice; readers differ in which counts.", "Remove one of them."),
    (
        "non-string-key",
        "Key is no string",
        "A key is a number, true, false, null, a list or a mapping, or is missing.",
        "Put the key in quotes.",
    ),
    (
        "non-finite-number",
        "Not a finite number",
        ".inf, .nan or a number beyond about 1.8e308 is none of JSON's.",
        "Write a number, or quote it if text is meant.",
    ),
    ("huge-number", "Too many digits", "A number has more than 300 digits.", "Shorten it, or quote it."),
    ("too-deep", "Too deep", "Values are nested in more than 100 levels.", "Make the document flatter."),
    ("too-many-values", "Too many values", "A file has more than 100,000 keys and values.", "Make it smaller."),
    # One manifest.
    ("not-a-mapping", "Not a mapping", "A manifest is a mapping.", "Begin with apiVersion, kind, metadata and spec."),
    ("unknown-kind", "Unknown kind", "No schema describes this kind.", "Correct kind."),
    ("kind-folder", "Wrong folder", "The folder of a file gives its kind.", "Move the file, or correct kind."),
    ("name-file", "Name and file differ", "A resource has the name of its file.", "Make them the same."),
    ("schema", "Not as the schema says", "A value breaks the JSON Schema of its kind.", "Write what is expected."),
    ("unknown-property", "Unknown property", "The schema has no such property.", "Correct or remove it."),
    ("missing-property", "Missing property", "The schema requires it.", "Add it."),
    ("property-name", "Wrong key", "The keys of this mapping have a form.", "Write a key of that form."),
    # JSON Schemas and examples in a tool's manifest.
    (
        "json-schema",
        "No JSON Schema",
        "A tool's schema breaks the rules of its dialect, or has a pattern that needs more than linear time.",
        "Correct it as the message says.",
    ),
    (
        "schema-dialect",
        "Unknown dialect",
        "$schema names another dialect than draft-07, 2019-09 or 2020-12, or differs inside one schema.",
        "Name one of them, at the root.",
    ),
    (
        "remote-ref",
        "Reference leaves the schema",
        "Nothing is fetched, so $ref stays inside its own document.",
        "Copy what it names into the definitions.",
    ),
    ("unresolved-ref", "Reference to nothing", "$ref points at nothing in its document.", "Define it, or correct it."),
    (
        "too-complex",
        "Too complex",
        "A schema has more than 5,000 patterns, or checking the examples could take more than 500,000 steps.",
        "Use fewer alternatives, references and patterns, or smaller examples.",
    ),
    (
        "example-rejected",
        "Example is rejected",
        "An example is not valid against the schema that it is an example of.",
        "Correct the example or the schema.",
    ),
    (
        "version-range",
        "Not a range of versions",
        "A range of versions breaks the grammar of node-semver.",
        "Write a range such as ^2.1.0, ~2.1 or >=2 <3.",
    ),
)

_REGISTRY: Final = _make_rules(
    Subject.REGISTRY,
    (
        "no-registry",
        "No registry",
        "Without registry.yaml nobody can tell an empty registry from a wrong folder.",
        "Write registry.yaml, or name the folder with --registry.",
    ),
    (
        "not-a-manifest",
        "Not a manifest",
        "A file in the folder of a kind is not read.",
        "Call it <name>.yaml, or move it.",
    ),
    ("unknown-folder", "Unknown folder", "Folders of a registry are called by the plural of a kind.", "Correct it."),
    ("file-name", "Wrong file name", "A file is called by the name of its resource.", "Rename it."),
    (
        "symlink",
        "Symbolic link",
        "A link is not followed: it may lead out of the repository.",
        "Put the file itself there.",
    ),
    ("submodule", "Submodule", "A submodule is not read.", "Put the manifests themselves there."),
    ("not-a-file", "Not a file", "A registry holds regular files only.", "Remove the device, pipe or socket."),
    ("duplicate-name", "Name twice", "Two files declare one resource.", "Rename or remove one of them."),
    ("moved-from", "Former name does not fit", "movedFrom names what was no resource's name.", "Correct or remove it."),
    ("dangling-reference", "Reference to nothing", "A manifest names a resource that is not there.", "Correct it."),
    (
        "unsatisfied-range",
        "Version out of range",
        "A service uses a tool in versions that exclude the tool's version.",
        "Adapt the service and its range, or keep a version in the range.",
    ),
    (
        "too-many-resources",
        "Too many resources",
        "The registry holds more than spec.limits.maxResources says.",
        "Raise the limit, or split the registry.",
    ),
    ("signers", "Signers cannot be read", "A path of spec.signatures is none of the registry.", "Correct it."),
    (
        "freeze-window",
        "Window is none",
        "A window of spec.freeze has no time, or a time zone that nobody knows.",
        "Correct it.",
    ),
    (
        "wrong-owner",
        "Owner and folder differ",
        "A resource in the folder of a team, by spec.teams of registry.yaml, has another owner.",
        "Correct metadata.owner, or move the file.",
    ),
    (
        "team-folder",
        "Folder of no kind or of two teams",
        "A folder of spec.teams is none of a kind or belongs to two teams, or a team is named twice.",
        "Correct spec.teams.",
    ),
    (
        "foreign-change",
        "File of another team",
        "With --author, a changed file belongs to another team, before or after the change.",
        "Have the other team change it.",
    ),
    (
        "exception",
        "Exception is none",
        "An entry of exceptions.yaml names no rule about contracts or no day, or repeats an earlier entry.",
        "Correct it.",
    ),
    ("lint-rule", "No rule of lint", "spec.lint names a rule that is none of lint's.", "Correct or remove it."),
    (
        "policy-schema",
        "No rule of the registry",
        "A file in policy/ is no JSON Schema with the id of a rule as title and its message as description.",
        "Correct it as the message says.",
    ),
)

# Lint. Levels as they fit 872 tools of real servers; registry.yaml gives others.
_DANGERS: Final = _make_rules(
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
_DOUBTS: Final = _make_rules(
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
_HINTS: Final = _make_rules(
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

_PLANS: Final = _make_rules(
    Subject.PLAN,
    (
        "too-many-deletions",
        "Too many deletions",
        "A plan deletes more of a kind than spec.limits.maxDeletions, or all of a kind.",
        "Apply with --max-deletes N, or with --no-delete.",
    ),
    (
        "too-much-usage",
        "Tool in use",
        "A plan deletes, renames or breaks a tool with more calls in 30 days than spec.limits.maxUsage.",
        "Deprecate the tool and wait, or apply with --max-usage N.",
    ),
    (
        "version-reused",
        "Version used before",
        "A tool returns to a version that an earlier revision had with other content.",
        "Raise the version, restore the content, or apply with --allow-version-reuse.",
    ),
    (
        "protected",
        "Protected",
        "A plan deletes a resource that says metadata.protected.",
        "Remove that in one revision, and the file in a later one.",
    ),
    (
        "left-behind",
        "Left behind",
        "Without deletions, a resource that is left would be named wrongly or twice.",
        "Apply with deletions, or correct what names it.",
    ),
    (
        "rewind",
        "Not a descendant",
        "The commit does not descend from the applied one.",
        "Merge it, or apply with --allow-rewind.",
    ),
    (
        "not-on-branch",
        "Not on the branch",
        "The files are no commit of the branch that spec.branch names.",
        "Merge the commit and fetch, or apply with --allow-branch.",
    ),
    (
        "rolled-back",
        "Rolled back",
        "The commit was rolled back, and would come back.",
        "Apply a newer commit, or with --allow-rewind.",
    ),
    (
        "shallow",
        "History is cut off",
        "In a shallow clone nobody can tell whether a commit descends from another.",
        "git fetch --unshallow",
    ),
    (
        "untold-renames",
        "Renames cannot be told",
        "Names vanish and others appear in commits that git cannot show.",
        "Fetch them, or apply the commit first that the message names.",
    ),
    ("drift", "Drift", "Rows differ from what was applied, and spec.drift is refuse.", "toolreg drift --fix"),
    ("suspended", "Suspended", "Somebody suspended applying.", "toolreg resume, or --override-suspend"),
    ("frozen", "Frozen", "A window of spec.freeze is open.", "Wait, or apply with --override-suspend."),
    ("unsigned", "No good signature", "spec.signatures demands one.", "Sign a commit on top."),
    ("stale-plan", "Not as it was planned", "Something changed since the plan was saved.", "Plan again."),
    (
        "unapproved-plan",
        "Not what was approved",
        "The plan's digest is not that of --expect.",
        "Plan and review again.",
    ),
)

# Changes of a tool. A finding has the level of its effect, and at most the level of its rule.
_BREAKS: Final = _make_rules(
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
_WARNINGS: Final = _make_rules(
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
_NOTES: Final = _make_rules(
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

CATALOGUE: Final = {
    rule.id: rule
    for rule in (*_FILES, *_REGISTRY, *_DANGERS, *_DOUBTS, *_HINTS, *_BREAKS, *_WARNINGS, *_NOTES, *_PLANS)
}
"""All rules by id, in the order of the checks."""

EXCEPTABLE: Final = tuple(name for name in CATALOGUE if name.startswith("contract-"))
"""The rules from which exceptions.yaml can make an exception: those about the contract of a tool."""


def level_of(rule: str) -> Level:
    """Return the level of a rule."""
    return CATALOGUE[rule].level
