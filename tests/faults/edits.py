"""What people do to the files of a registry: small edits, each a value that can be printed and tried again."""

import copy
from collections.abc import Mapping
from typing import Any, NamedTuple

from hypothesis import strategies as st

from reconciler.core.json_text import to_json_text
from reconciler.core.manifest.resource import Ref
from tests.builders import node, service, tool
from tests.faults.model import references

Content = dict[str, Any]

NAMES = {"Node": "mn", "Service": "st", "Tool": "abc"}


class Put(NamedTuple):
    """Write a manifest, at the place where it is or in a folder."""

    ref: Ref
    version: int
    folder: str
    service: str
    node: str | None
    uses: str | None
    tags: tuple[str, ...]
    protected: bool


class Remove(NamedTuple):
    """Remove a file."""

    ref: Ref


class Shelve(NamedTuple):
    """Move a file into another folder."""

    ref: Ref
    folder: str


class Rename(NamedTuple):
    """Rename a resource, and whoever names it follows or does not."""

    ref: Ref
    to: Ref
    follow: bool


class Swap(NamedTuple):
    """Have two resources swap their names."""

    ref: Ref
    other: Ref


class Forget(NamedTuple):
    """Leave out that a resource was renamed."""

    ref: Ref


Edit = Put | Remove | Shelve | Rename | Swap | Forget
Tree = dict[Ref, tuple[str, Content]]


def edited(tree: Tree, edit: Edit) -> Tree:
    """Return files after an edit; the same where it makes no sense for them."""
    tree = dict(tree)
    match edit:
        case Put():
            tree[edit.ref] = (edit.folder, written(edit))
        case Remove(ref) if ref in tree:
            del tree[ref]
        case Shelve(ref, folder) if ref in tree:
            tree[ref] = (folder, tree[ref][1])
        case Rename(ref, to, follow) if ref in tree and to not in tree:
            folder, manifest = tree.pop(ref)
            tree[to] = (folder, renamed(manifest, to.name, ref.name))
            return following(tree, {ref: to}) if follow else tree
        case Swap(ref, other) if ref in tree and other in tree and ref != other:
            (here, one), (there, another) = tree[ref], tree[other]
            tree[other], tree[ref] = (
                (here, renamed(one, other.name, ref.name)),
                (there, renamed(another, ref.name, other.name)),
            )
            return following(tree, {ref: other, other: ref})
        case Forget(ref) if ref in tree:
            folder, manifest = copy.deepcopy(tree[ref])
            manifest["metadata"].pop("movedFrom", None)
            tree[ref] = (folder, manifest)
    return tree


def written(put: Put) -> Content:
    metadata: Content = {"tags": list(put.tags)} if put.tags else {}
    if put.protected:
        metadata["protected"] = True
    match put.ref.kind:
        case "Node":
            return node(put.ref.name, metadata=metadata, address=f"http://worker:{8000 + put.version}")
        case "Service":
            uses = {"type": "agent", "usesTools": [put.uses]} if put.uses else {}
            return service(put.ref.name, metadata=metadata, version=f"1.0.{put.version}", **uses)
        case _:
            on = {"node": put.node} if put.node else {}
            return tool(put.ref.name, metadata=metadata, version=f"1.0.{put.version}", service=put.service, **on)


def renamed(manifest: Content, name: str, former: str) -> Content:
    changed = copy.deepcopy(manifest)
    changed["metadata"] |= {"name": name, "movedFrom": former}
    return changed


def following(tree: Tree, renames: Mapping[Ref, Ref]) -> Tree:
    """Return files that name resources under their new names."""
    followed = {}
    for ref, (folder, manifest) in tree.items():
        changed = copy.deepcopy(manifest)
        for pointer, target in references(ref, to_json_text(manifest)):
            *way, last = pointer.split("/")[2:]
            part = changed["spec"][way[0]] if way else changed["spec"]
            part[int(last) if way else last] = renames.get(target, target).name
        followed[ref] = (folder, changed)
    return followed


refs = st.sampled_from([Ref(kind, name) for kind, names in NAMES.items() for name in names])
folders = st.sampled_from(["", "team/"])
pairs = st.sampled_from(
    [
        (Ref(kind, one), Ref(kind, other))
        for kind, names in NAMES.items()
        for one in names
        for other in names
        if one != other
    ]
)
puts = st.builds(
    Put,
    refs,
    st.integers(0, 3),
    folders,
    st.sampled_from("sst"),
    st.sampled_from([None, None, None, "m", "n"]),
    st.sampled_from([None, None, None, "a", "b"]),
    st.sampled_from([(), ("x",), ("y", "x")]),
    st.sampled_from([False, False, False, True]),
)
edits = st.lists(
    st.one_of(
        puts,
        st.builds(Remove, refs),
        st.builds(Shelve, refs, folders),
        pairs.flatmap(
            lambda pair: st.builds(Rename, st.just(pair[0]), st.just(pair[1]), st.sampled_from([True, True, False]))
        ),
        pairs.map(lambda pair: Swap(*pair)),
        st.builds(Forget, refs),
    ),
    min_size=1,
    max_size=4,
)
