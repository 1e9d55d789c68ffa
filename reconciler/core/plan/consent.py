"""What a user allows although a guard would refuse it."""

from typing import Final, NamedTuple


class Consent(NamedTuple):
    """What the user allows although a guard would refuse it: each by an option of its own.

    `max_deletes` is how many resources a revision may delete, instead of what the limits of the registry say. Without
    `delete`, what is no longer declared is left. `suspended` is to apply although nothing is to be applied now.
    """

    max_deletes: int | None = None
    delete: bool = True
    rewind: bool = False
    suspended: bool = False


NO_CONSENT: Final = Consent()
