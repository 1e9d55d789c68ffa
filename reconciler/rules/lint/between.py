"""Rules between tools: names and descriptions that two tools share. Compares the tools that were read."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from reconciler.core.manifest.diagnostic import Problem
from reconciler.core.manifest.inspected import ToolFacts
from reconciler.core.pointer import Pointer
from reconciler.core.quote import quoted
from reconciler.rules.lint.names import NAME, TOOL_NAME, map_name

_DESCRIPTION: Final[Pointer] = ("metadata", "description")
# In words. Shorter descriptions are alike by chance.
_FEWEST: Final = 3
_FEWEST_ALIKE: Final = 8
# Two descriptions are compared if they begin or end with the same words; a text with many sharers is a template.
_EDGE: Final = 5
_MOST_SHARERS: Final = 20
_ALIKE: Final = 0.85

Tools = Iterable[ToolFacts]


def compare_tools(tools: Tools) -> Iterator[Problem]:
    """Yield each problem between two tools, at both."""
    listed = list(tools)
    yield from _find_equal_names(listed)
    yield from _find_colliding_names(listed)
    yield from _find_equal_descriptions(listed)
    yield from _find_named_tools(listed)
    yield from _find_alike_descriptions(listed)


def _group(tools: Tools, key: Callable[[ToolFacts], object]) -> Mapping[object, list[ToolFacts]]:
    groups: dict[object, list[ToolFacts]] = defaultdict(list)
    for tool in tools:
        groups[key(tool)].append(tool)
    return groups


def _place(tool: ToolFacts) -> Pointer:
    return TOOL_NAME if tool.is_tool_name else NAME


def _find_equal_names(tools: Tools) -> Iterator[Problem]:
    for same in _group(tools, lambda tool: (tool.service, tool.called)).values():
        for tool, other in _pair(same):
            message = (
                f"{quoted(tool.service)} has another tool called {quoted(tool.called)}, {other.name}; an agent can call"
                " only one of them"
            )
            yield Problem(tool.path, _place(tool), "same-tool-name", message)


def _find_colliding_names(tools: Tools) -> Iterator[Problem]:
    for same in _group(tools, lambda tool: (tool.service, map_name(tool.called))).values():
        if len({tool.called for tool in same}) > 1:
            for tool in same:
                other = next(other for other in same if other.called != tool.called)
                message = (
                    f"{quoted(tool.called)} and {quoted(other.called)} of {other.name} become one name,"
                    f" {quoted(map_name(tool.called))}, where clients replace the characters that model APIs refuse"
                )
                yield Problem(tool.path, _place(tool), "colliding-name", message)


def _find_equal_descriptions(tools: Tools) -> Iterator[Problem]:
    for same in _group(tools, lambda tool: (tool.service, tool.words)).values():
        if same[0].words.count(" ") + 1 >= _FEWEST:
            for tool, other in _pair(same):
                message = (
                    f"{other.name} of the same service has this description, too; say when a model should call which"
                )
                yield Problem(tool.path, _DESCRIPTION, "same-description", message)


def _find_named_tools(tools: list[ToolFacts]) -> Iterator[Problem]:
    """Yield a problem for each description that names a tool of another service."""
    owners: dict[str, dict[str, str]] = defaultdict(dict)
    for tool in tools:
        for name in (tool.name, tool.called):
            owners[name.lower()].setdefault(tool.service, tool.name)
    for tool in tools:
        for name in dict.fromkeys(tool.mentions):
            there = owners.get(name)
            if there and tool.service not in there:
                service, other = next(iter(there.items()))
                message = (
                    f"metadata.description names {quoted(name)}, a tool of {quoted(service)} ({other}); a description"
                    " should not steer models to or from the tools of others"
                )
                yield Problem(tool.path, _DESCRIPTION, "shadowed-tool", message)


def _find_alike_descriptions(tools: list[ToolFacts]) -> Iterator[Problem]:
    """Yield a problem for each description that nearly equals one of another service."""
    edges: dict[str, list[ToolFacts]] = defaultdict(list)
    for tool in tools:
        begin, end = tool.words.split(" ", _EDGE), tool.words.rsplit(" ", _EDGE)
        if len(begin) > _EDGE:
            edges["< " + " ".join(begin[:_EDGE])].append(tool)
            edges["> " + " ".join(end[1:])].append(tool)
    told: set[str] = set()
    for sharers in edges.values():
        for tool in sharers if 1 < len(sharers) <= _MOST_SHARERS else ():
            alike = next((other for other in sharers if _are_alike(tool, other)), None)
            if alike is not None and tool.path not in told:
                told.add(tool.path)
                message = (
                    f"metadata.description nearly equals that of {alike.name} of {quoted(alike.service)};"
                    " a model cannot tell the two apart"
                )
                yield Problem(tool.path, _DESCRIPTION, "shadowed-tool", message)


def _are_alike(one: ToolFacts, other: ToolFacts) -> bool:
    if one.service == other.service:
        return False
    words, others = frozenset(one.words.split()), frozenset(other.words.split())
    return len(words) >= _FEWEST_ALIKE and len(words & others) >= _ALIKE * len(words | others)


def _pair(same: list[ToolFacts]) -> Iterator[tuple[ToolFacts, ToolFacts]]:
    """Yield each of several tools with one of the others."""
    for number, tool in enumerate(same if len(same) > 1 else ()):
        yield tool, same[number - 1]
