"""Named places where a test kills, stops or fails a command.

Outside of tests every failpoint is off and costs 0.03 us, as any audit event without a hook. No setting, variable or
manifest turns a failpoint on: only code in the same process can listen, with sys.addaudithook.
"""

import sys
from collections.abc import Callable
from functools import partial
from typing import Final

EVENT: Final = "toolreg.failpoint"

reached: Final[Callable[[str], None]] = partial(sys.audit, EVENT)
"""Report the named place as reached."""
