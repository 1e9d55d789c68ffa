"""The lines of a reconciler's log."""

import json
from datetime import UTC, datetime

from reconciler.render.log_lines import LogLine, render_json_line


def test_the_longest_message_is_still_json() -> None:
    line = render_json_line(LogLine("info", "\U0001f600" * 3000, {}), datetime.now(UTC))

    assert json.loads(line)["message"] == "\U0001f600" * 2000
