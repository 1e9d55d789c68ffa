"""The rules of files, and of a registry as a whole."""

from typing import Final

from reconciler.core.rule import Subject, make_rules

FILE_RULES: Final = make_rules(
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
    # The patch of an environment.
    (
        "patch-envelope",
        "Patch of no resource",
        "A patch repeats apiVersion, kind and metadata.name of its manifest, and does not.",
        "Copy them from the manifest.",
    ),
    (
        "patch-field",
        "Field is the same everywhere",
        "A patch changes a field that the schema does not mark with x-environment.",
        "Change the manifest itself.",
    ),
    (
        "patch-without-effect",
        "Patch changes nothing",
        "The manifest says what the patch says.",
        "Remove the patch.",
    ),
)

REGISTRY_RULES: Final = make_rules(
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
    (
        "patch-without-resource",
        "Patch of nothing",
        "An environment patches a resource that the registry does not declare.",
        "Correct the name, or remove the patch.",
    ),
    (
        "too-many-environments",
        "Too many environments",
        "A registry has more than 50 environments, each of which is checked.",
        "Remove some.",
    ),
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
