"""The name of a registry, in its files and in the database."""

from typing import NamedTuple


class RegistryName(NamedTuple):
    """The name of a registry: several registries may share a database.

    `stored` is its name in the database: the former name until a rename is applied. Before the first apply, the
    database knows neither.
    """

    name: str
    stored: str

    @property
    def is_renamed(self) -> bool:
        """Whether the next apply gives the registry another name."""
        return self.name != self.stored
