"""The user's consent to changes that a guard would refuse."""

from typing import Final, NamedTuple


class Consent(NamedTuple):
    """The user's consent to changes that a guard would refuse, a command-line option each.

    `max_deletes` is the number of resources that a revision may delete, in place of the registry's limits. Without
    `delete`, resources without a file stay. `rewind` allows commits that do not descend from the applied commit.
    `suspended` allows applies during a suspension or freeze window. `max_usage` is the number of calls in 30 days up to
    which a revision may delete, rename or break a tool, in place of the registry's limit. `version_reuse` allows a
    version of a tool that an earlier revision had with other content. `branch` allows commits of other branches than
    `spec.branch`. `environment` allows another environment than the applied one.
    """

    max_deletes: int | None = None
    delete: bool = True
    rewind: bool = False
    suspended: bool = False
    max_usage: int | None = None
    version_reuse: bool = False
    branch: bool = False
    environment: bool = False


NO_CONSENT: Final = Consent()
