"""A comment on a pull request with the remarks of a command."""

from reconciler.core.review import LONGEST_COMMENT, Remark, Review
from reconciler.core.rule import Level
from reconciler.render.formats.text import WHOLE_PATH
from reconciler.render.markdown import Block, code, make_comment

_WORDS = {Level.ERROR: ("error", "errors"), Level.WARNING: ("warning", "warnings"), Level.INFO: ("note", "notes")}


def render(review: Review, longest: int = LONGEST_COMMENT) -> str:
    """Return the summary and the remarks, the worst first, in at most `longest` characters."""
    counts = [(review.count(level), *words) for level, words in _WORDS.items()]
    told = ", ".join(f"{count} {one if count == 1 else many}" for count, one, many in counts if count)
    head = Block(f"### toolreg {review.command}: {told or 'no problems'}")
    remarks = [Block(_format_remark(remark), 1) for remark in review.worst_first]
    return make_comment(review.command, [head, *remarks, Block(code(review.summary))], "remarks", longest)


def _format_remark(remark: Remark) -> str:
    place = code(f"{remark.path}:{remark.line}:{remark.column}", WHOLE_PATH)
    return f"- **{remark.level.value}** {place} {code(remark.rule)}\\\n  {code(remark.message, 2000)}"
