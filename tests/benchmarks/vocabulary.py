"""What the generated manifests are about."""

from typing import Any, Final

TEAMS: Final = (
    *("payments", "checkout", "orders", "billing", "pricing", "catalog", "inventory", "warehouse", "shipping"),
    *("returns", "customers", "identity", "support", "marketing", "analytics", "search", "documents", "platform"),
)
VERBS: Final = (
    *("get", "list", "search", "find", "create", "update", "delete", "check", "validate", "process", "estimate"),
    *("schedule", "cancel", "approve", "export", "import", "compare", "summarize", "translate", "classify"),
    *("convert", "notify", "archive", "restore"),
)
NOUNS: Final = (
    *("payment", "refund", "invoice", "order", "cart", "coupon", "price", "product", "variant", "stock_level"),
    *("shipment", "parcel", "carrier", "return_label", "customer", "address", "consent", "session", "ticket"),
    *("conversation", "campaign", "audience", "report", "dashboard", "query", "document", "contract", "template"),
    *("translation", "image", "file", "folder", "calendar_event", "meeting", "employee", "shift", "supplier"),
    *("purchase_order", "tax_rate", "currency", "subscription", "plan", "usage_record", "webhook", "secret_rotation"),
    *("deployment", "incident", "forecast"),
)
QUALIFIERS: Final = (
    *("", "by_id", "by_customer", "by_date", "by_region", "in_bulk", "details", "history", "status", "summary"),
    *("draft", "preview", "for_review", "with_tax", "for_store", "for_partner", "eu", "us", "apac", "b2b"),
    *("internal", "legacy", "express", "batch", "nightly", "realtime", "archived", "recurring", "anonymous", "signed"),
    *("verified", "pending", "failed", "duplicate", "shared", "external", "mobile", "web", "instore", "wholesale"),
)
PURPOSES: Final = (
    "Use it when the customer has named the {noun}, and ask before the first call of a conversation.",
    "It reads from the replica, so a {noun} of the last seconds may be missing; call again before you say so.",
    "Calls with the same idempotency key change the {noun} at most once, whatever the network does meanwhile.",
    "The answer holds at most one page of the {noun}; follow next_cursor to see the rest of it.",
    "Only staff of the owning team may change a {noun} of another region; everybody may read it.",
)

Property = tuple[str, dict[str, Any], tuple[Any, ...]]
"""A name, a JSON Schema, and values that it accepts."""

_MONEY: Final = {
    "description": "An amount with its currency.",
    "type": "object",
    "additionalProperties": False,
    "required": ["amount", "currency"],
    "properties": {
        "amount": {"description": "In the smallest unit of the currency.", "type": "integer", "minimum": 0},
        "currency": {"description": "As ISO 4217 writes it.", "type": "string", "pattern": "^[A-Z]{3}$"},
    },
}
_ADDRESS: Final = {
    "description": "A postal address.",
    "type": "object",
    "additionalProperties": False,
    "required": ["street", "city", "country"],
    "properties": {
        "street": {"type": "string", "minLength": 1, "maxLength": 128},
        "postal_code": {"type": "string", "pattern": "^[A-Z0-9 -]{2,10}$"},
        "city": {"type": "string", "minLength": 1, "maxLength": 64},
        "country": {"description": "As ISO 3166 writes it.", "type": "string", "pattern": "^[A-Z]{2}$"},
    },
}
_LINES: Final = {
    "description": "What was bought, line by line.",
    "type": "array",
    "minItems": 1,
    "maxItems": 200,
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["sku", "quantity"],
        "properties": {
            "sku": {"description": "The article.", "type": "string", "pattern": "^[A-Z]{2}-[0-9]{4,8}$"},
            "quantity": {"description": "How many.", "type": "integer", "minimum": 1, "maximum": 999},
            "unit_price": _MONEY,
        },
    },
}

PROPERTIES: Final[tuple[Property, ...]] = (
    (
        "customer_id",
        {"description": "The id of the customer.", "type": "string", "pattern": "^cus_[A-Za-z0-9]{8,32}$"},
        ("cus_7Hq2LmZ9", "cus_p04XkW3t"),
    ),
    (
        "order_id",
        {"description": "The order, as the shop numbers it.", "type": "string", "pattern": "^ord_[0-9]{1,12}$"},
        ("ord_20418", "ord_7"),
    ),
    (
        "currency",
        {"description": "The currency, as ISO 4217 writes it.", "enum": ["EUR", "USD", "GBP", "CHF"]},
        ("EUR", "CHF"),
    ),
    (
        "amount",
        {
            "description": "The amount in the smallest unit of the currency.",
            "type": "integer",
            "minimum": 1,
            "maximum": 100000000,
        },
        (4990, 129900, 100),
    ),
    (
        "limit",
        {"description": "How many to return.", "type": "integer", "minimum": 1, "maximum": 200, "default": 20},
        (20, 50, 1),
    ),
    (
        "cursor",
        {"description": "The next_cursor of the page before.", "type": "string", "minLength": 8, "maxLength": 256},
        ("eyJvZmZzZXQiOjIwfQ", "eyJvZmZzZXQiOjQwfQ"),
    ),
    (
        "since",
        {"description": "Only what changed after this time.", "type": "string", "format": "date-time"},
        ("2026-11-02T10:15:30Z", "2026-10-31T00:00:00Z"),
    ),
    (
        "language",
        {"description": "The language of the answer, as BCP 47 writes it.", "type": "string", "pattern": "^[a-z]{2}$"},
        ("en", "de", "no"),
    ),
    (
        "confidence",
        {"description": "How sure the answer is, from 0 to 1.", "type": "number", "minimum": 0, "maximum": 1},
        (0.5, 0.95, 1),
    ),
    ("include_archived", {"description": "Look into the archive, too.", "type": "boolean", "default": False}, (True,)),
    (
        "channel",
        {"description": "Where the request comes from.", "enum": ["web", "app", "store", "phone", "partner"]},
        ("web", "store"),
    ),
    (
        "email",
        {"description": "The address that answers go to.", "type": "string", "format": "email", "maxLength": 254},
        ("ada@example.com",),
    ),
    (
        "note",
        {"description": "What a person added, in their own words.", "type": ["string", "null"], "maxLength": 1000},
        ("Leave it at the door: the bell is broken.", None),
    ),
    (
        "tags",
        {
            "description": "Words to filter by.",
            "type": "array",
            "uniqueItems": True,
            "maxItems": 16,
            "items": {"type": "string", "minLength": 1, "maxLength": 32},
        },
        (["gift", "fragile"], ["vip"]),
    ),
    (
        "idempotency_key",
        {
            "description": "A key that is new for each intended change, such as a UUID.",
            "type": "string",
            "minLength": 16,
            "maxLength": 64,
        },
        ("0d9c1c9e-5b7a-4c55-9b3e-0f2f4f1f8a51", "5a1e6c0b-3c44-4d0e-8a57-93cb2d1a77f0"),
    ),
    (
        "sort",
        {
            "description": "The order of the answer.",
            "type": "object",
            "additionalProperties": False,
            "required": ["by"],
            "properties": {"by": {"enum": ["name", "date", "amount"]}, "descending": {"type": "boolean"}},
        },
        ({"by": "date", "descending": True}, {"by": "name"}),
    ),
    ("total", _MONEY, ({"amount": 4990, "currency": "EUR"}, {"amount": 0, "currency": "USD"})),
    (
        "delivery_address",
        _ADDRESS,
        ({"street": "12 Byron Row", "postal_code": "N1 7GU", "city": "London", "country": "GB"},),
    ),
    (
        "lines",
        _LINES,
        (
            [{"sku": "TS-10442", "quantity": 2, "unit_price": {"amount": 1999, "currency": "EUR"}}],
            [{"sku": "MU-2001", "quantity": 1}, {"sku": "MU-2002", "quantity": 4}],
        ),
    ),
    (
        "window",
        {
            "description": "The span of days that counts.",
            "type": "object",
            "required": ["from", "to"],
            "properties": {"from": {"type": "string", "format": "date"}, "to": {"type": "string", "format": "date"}},
        },
        ({"from": "2026-11-01", "to": "2026-11-30"},),
    ),
    (
        "metadata",
        {
            "description": "Keys and values that the caller wants back.",
            "type": "object",
            "maxProperties": 20,
            "additionalProperties": {"type": "string", "maxLength": 256},
        },
        ({"source": "chat", "trace": "a91c"}, {}),
    ),
    (
        "coordinates",
        {
            "description": "Longitude and latitude in degrees.",
            "type": "array",
            "prefixItems": [
                {"type": "number", "minimum": -180, "maximum": 180},
                {"type": "number", "minimum": -90, "maximum": 90},
            ],
            "items": False,
            "minItems": 2,
        },
        ([13.4049, 52.52], [-0.1276, 51.5072]),
    ),
)

ERRORS: Final = (
    ("NOT_FOUND", "There is no such {noun}. Ask the user to check what they gave.", False),
    ("CONFLICT", "Somebody else changed the {noun} meanwhile. Read it again before the next try.", True),
    ("RATE_LIMITED", "There were too many calls. Wait for the time in retry_after.", True),
    ("FORBIDDEN", "The caller may not see this {noun}. Do not try again.", False),
    ("UPSTREAM_TIMEOUT", "The service behind did not answer in time. The same call may succeed later.", True),
    ("INVALID_STATE", "The {noun} is in a state that does not allow this. Say which, and offer the next step.", False),
)
