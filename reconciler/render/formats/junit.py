"""JUnit's XML, as the schema of Apache Ant's JUnit report describes it."""

from collections import defaultdict
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from reconciler.core.review import Remark, Review
from reconciler.core.rule import Level
from reconciler.render.formats.text import WHOLE_PATH, printable


def render(review: Review) -> str:
    """Return a test suite with a test case for each file. A file with an error fails; warnings stand in the output."""
    by_path: dict[str, list[Remark]] = defaultdict(list)
    for remark in review.worst_first:
        by_path[remark.path].append(remark)
    paths = sorted({*review.subjects, *by_path})
    failed = sum(remarks[0].level is Level.ERROR for remarks in by_path.values())
    suites = Element("testsuites")
    suite = SubElement(
        suites,
        "testsuite",
        {
            "package": "toolreg",
            "id": "0",
            "name": f"toolreg {review.command}",
            "timestamp": review.at,
            "hostname": "localhost",
            "tests": str(len(paths)),
            "failures": str(failed),
            "errors": "0",
            "time": "0",
        },
    )
    SubElement(suite, "properties")
    for path in paths:
        _add_case(suite, path, by_path.get(path, []), review.command)
    others = [remark for remark in review.worst_first if remark.level is not Level.ERROR]
    SubElement(suite, "system-out").text = "\n".join([*map(_format_remark, others), printable(review.summary)])
    SubElement(suite, "system-err")
    indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(suites, encoding="unicode")}'


def _add_case(suite: Element, path: str, remarks: list[Remark], command: str) -> None:
    name = printable(path, WHOLE_PATH)
    case = SubElement(suite, "testcase", {"name": name, "classname": f"toolreg.{command}", "time": "0"})
    errors = [remark for remark in remarks if remark.level is Level.ERROR]
    if errors:
        # A case has at most one failure.
        more = f" and {len(errors) - 1} more" if errors[1:] else ""
        failure = SubElement(
            case, "failure", {"message": f"{printable(errors[0].message)}{more}", "type": errors[0].rule}
        )
        failure.text = "\n".join(map(_format_remark, errors))


def _format_remark(remark: Remark) -> str:
    place = f"{printable(remark.path, WHOLE_PATH)}:{remark.line}:{remark.column}"
    return f"{place}: {remark.level.value}: {printable(remark.message)} [{remark.rule}]"
