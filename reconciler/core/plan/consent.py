"""The user's consent to changes that a guard would refuse."""

from typing import Final, NamedTuple


class Consent(NamedTuple):
    """The user's consent to changes that a guard would refuse, a command-line option each.

    `max_deletes` is the number of resources that a revision may delete, in place of the registry's limits. Without
    `delete`, resources without a file stay. `rewind` allows commits that do not descend from the applied commit.
    `suspended` allows applies during a suspension or freeze window.
    """

    max_deletes: int | None = None
    delete: bool = True
    rewind: bool = False
    suspended: bool = False


NO_CONSENT: Final = Consent()
