"""Finding tools: how often the right one is among the first, and how long a search takes among many."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any, Final, LiteralString

import psycopg
from psycopg.types.json import Jsonb

from tests import corpora
from tests.benchmarks.databases import migrated
from tests.benchmarks.measure import Row, once
from tests.benchmarks.resources import resources
from tests.benchmarks.vocabulary import NOUNS, PURPOSES, QUALIFIERS, VERBS
from tests.builders import tool
from tests.corpora import Corpus, Manifest

Conn = psycopg.Connection[Any]

_ASKED: Final = "CREATE TEMPORARY TABLE asked (number bigint, query text, tool text)"

_OURS: Final = """
SELECT asked.number, found.name, found.score
FROM asked CROSS JOIN LATERAL api.search_tools(asked.query, max_results => 200) AS found
"""
# Name and description alone, so that each floor reads what the questions are about.
_DOCUMENTS: Final = """
CREATE TEMPORARY TABLE documents AS
SELECT
    tool.name,
    to_tsvector('english', regexp_replace(
        coalesce(tool.manifest #>> '{spec,toolName}', tool.name), '([a-z0-9])([A-Z])|[_.-]', '\\1 \\2', 'g'
    )) AS title,
    to_tsvector('english', tool.manifest #>> '{metadata,description}') AS description
FROM registry.tools AS tool
"""
_ALL_WORDS: Final = """
SELECT asked.number, documents.name, ts_rank(documents.title || documents.description, question.words)
FROM asked
CROSS JOIN LATERAL websearch_to_tsquery('english', asked.query) AS question (words)
INNER JOIN documents ON documents.title || documents.description @@ question.words
"""
_ANY_WORD: Final = """
SELECT asked.number, documents.name, ts_rank(documents.title || documents.description, question.words)
FROM asked
CROSS JOIN LATERAL (
    SELECT string_agg(quote_literal(word.lexeme), ' | ')::tsquery
    FROM unnest(to_tsvector('english', replace(asked.query, '\\', ' '))) AS word
) AS question (words)
INNER JOIN documents ON documents.title || documents.description @@ question.words
"""
_BM25: Final = """
WITH words AS (
    SELECT documents.name, word.lexeme, sum(word.times) AS times
    FROM documents
    CROSS JOIN LATERAL (
        SELECT lexeme, 2 * cardinality(positions) FROM unnest(documents.title)
        UNION ALL SELECT lexeme, cardinality(positions) FROM unnest(documents.description)
    ) AS word (lexeme, times)
    GROUP BY documents.name, word.lexeme
),
sizes AS (SELECT name, sum(times) AS size FROM words GROUP BY name),
spread AS (SELECT lexeme, count(*) AS tools FROM words GROUP BY lexeme),
totals AS (SELECT count(*) AS tools, avg(size) AS size FROM sizes)
SELECT
    asked.number,
    words.name,
    sum(
        cardinality(question.positions) * ln(1 + (totals.tools - spread.tools + 0.5) / (spread.tools + 0.5))
        * words.times * 2.2 / (words.times + 1.2 * (0.25 + 0.75 * sizes.size / totals.size))
    )
FROM asked
CROSS JOIN LATERAL unnest(to_tsvector('english', asked.query)) AS question
INNER JOIN words ON words.lexeme = question.lexeme
INNER JOIN sizes ON sizes.name = words.name
INNER JOIN spread ON spread.lexeme = words.lexeme
CROSS JOIN totals
GROUP BY asked.number, words.name
"""
_RANKS: Final = """
SELECT count(*) FILTER (WHERE hit.rank <= 1), count(*) FILTER (WHERE hit.rank <= 5),
    count(*) FILTER (WHERE hit.rank <= 10), coalesce(sum(1.0 / hit.rank), 0)
FROM (
    SELECT found.number, found.name,
        row_number() OVER (PARTITION BY found.number ORDER BY found.score DESC, found.name) AS rank
    FROM found
) AS hit
INNER JOIN asked ON asked.number = hit.number AND asked.tool = hit.name
"""


@dataclass(frozen=True, slots=True)
class Quality:
    """How often the right tool is the first, among the first five and ten, and the mean of one by its rank."""

    first: float
    in_five: float
    in_ten: float
    mrr: float

    def cells(self) -> tuple[str, ...]:
        """Return it as text."""
        return tuple(f"{part:.3f}" for part in (self.first, self.in_five, self.in_ten, self.mrr))


def quality(conn: Conn, corpus: Corpus, statement: LiteralString = _OURS) -> Quality:
    """Ask every question of a corpus whose tools are loaded; return where the right ones stand."""
    conn.execute("DROP TABLE IF EXISTS asked, found")
    conn.execute(_ASKED)
    with conn.cursor().copy("COPY asked FROM STDIN") as copy:
        for number, (question, tool) in enumerate(corpus.questions):
            copy.write_row((number, question, tool))
    conn.execute("CREATE TEMPORARY TABLE found (number bigint, name text, score double precision)")
    conn.execute("INSERT INTO found " + statement)
    row = conn.execute(_RANKS).fetchone()
    assert row is not None
    first, five, ten, reciprocal = (float(part) / len(corpus.questions) for part in row)
    return Quality(first, five, ten, reciprocal)


def qualities(server: str, name: str) -> Iterator[str]:
    """Yield the lines of a table: search_tools and its floors on each corpus, or that there is none."""
    if not corpora.QUESTIONS.exists():
        yield corpora.ABSENT
        return
    yield "| questions | searched by | recall@1 | recall@5 | recall@10 | MRR |"
    yield "|---|---|---|---|---|---|"
    for what, corpus in (
        ("2,000 of MetaTool, 199 tools", corpora.metatool()),
        ("first sentences of 143 MCP tools", corpora.first_sentences()),
        ("names of 143 MCP tools", corpora.names()),
        ("parameters of 143 MCP tools", corpora.parameters()),
    ):
        with migrated(server, name) as database, psycopg.connect(database, autocommit=True) as conn:
            corpora.load(conn, corpus.tools)
            conn.execute(_DOCUMENTS)
            for how, statement in _WAYS.items():
                yield f"| {what} | {how} | {' | '.join(quality(conn, corpus, statement).cells())} |"


_WAYS: Final[dict[str, LiteralString]] = {
    "api.search_tools": _OURS,
    "all words, websearch_to_tsquery": _ALL_WORDS,
    "any word, ts_rank": _ANY_WORD,
    "BM25 of words, name counted twice": _BM25,
}


def rows(server: str, name: str, size: int) -> Iterator[Row]:
    """Yield what a search takes among this many tools."""
    chance = random.Random(1)  # noqa: S311  Wanted: the same each time.
    with migrated(server, name) as database, psycopg.connect(database, autocommit=True) as conn:
        generated = [manifest for _, manifest in resources(size * 10 // 9) if manifest["kind"] != "Registry"]
        corpora.load(conn, [*generated, *_rare_tools()])
        conn.execute("VACUUM ANALYZE registry.tools")

        def timed(statement: LiteralString, asked: list[Any]) -> float:
            def ask(parameter: Any) -> Callable[[], object]:
                return lambda: conn.execute(statement, (parameter,), prepare=True).fetchall()

            # A connection that was used before: the first search plans, and loads the dictionary.
            for parameter in asked[:10]:
                ask(parameter)()
            return median(once(ask(parameter)) for parameter in asked)

        goal = {10_000: 0.010, 100_000: 0.040}.get(size)
        questions = [_question(chance) for _ in range(200)]
        floor = timed(
            "SELECT name FROM registry.tools CROSS JOIN websearch_to_tsquery('english', %s) AS asked (words)"
            " WHERE search @@ asked.words ORDER BY ts_rank(search, asked.words) DESC LIMIT 10",
            questions,
        )
        yield Row(
            f"search_tools among {size:,} tools",
            timed("SELECT * FROM api.search_tools(%s)", questions),
            floor,
            "all words required, ts_rank",
            goal,
        )
        for function, given in _schema_questions(chance).items():
            statement = _SCHEMA_SEARCHES[function]
            yield Row(f"{function} among {size:,} tools", timed(statement, given), goal=0.020)


def _rare_tools() -> list[Manifest]:
    """Return tools that some few others resemble: a search by schema is as long as what it returns."""
    return [
        tool(
            f"rare_{number}",
            inputSchema=_schema(name, "note") | {"required": [name]},
            outputSchema=_schema(_RARE[number % 5]),
        )
        for number, name in enumerate(_RARE * 20)
    ]


def _schema(*names: str) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": "string"} for name in names}}


def _schema_questions(chance: random.Random) -> dict[str, list[Any]]:
    """Return what to ask each search by schema: a rare parameter, alone or among common ones."""
    names = [chance.choice(_RARE) for _ in range(50)]
    return {
        "search_tools_by_schema": [Jsonb({"properties": {name: {"type": "string"}}}) for name in names],
        "tools_with_parameter": names,
        "tools_accepting": [Jsonb({name: "x", "note": "y"}) for name in names],
        "tools_fed_by": [f"rare_{chance.randrange(140)}" for _ in names],
    }


_RARE: Final = ("tracking_code", "iban", "vat_id", "isbn", "imei", "berth", "gtin")
_SCHEMA_SEARCHES: Final[dict[str, LiteralString]] = {
    "search_tools_by_schema": "SELECT * FROM api.search_tools_by_schema(%s)",
    "tools_with_parameter": "SELECT * FROM api.tools_with_parameter(%s)",
    "tools_accepting": "SELECT * FROM api.tools_accepting(%s)",
    "tools_fed_by": "SELECT * FROM api.tools_fed_by(%s)",
}


def _question(chance: random.Random) -> str:
    """Return a question of some five to fifteen words, with common ones among them."""
    noun = chance.choice(NOUNS).replace("_", " ")
    verb, qualifier = chance.choice(VERBS), chance.choice(QUALIFIERS).replace("_", " ")
    aside = chance.choice(PURPOSES).format(noun=noun).split()
    return " ".join(
        [
            *chance.choice((["I need to"], ["Please"], ["How can a customer"], [])),
            *(verb, "the", noun, qualifier),
            *chance.choice(([], ["for this order"], aside[:3], aside[:6])),
        ]
    )
