"""What the document of the API cannot say, for schemathesis (see scripts/schemathesis.sh)."""

import os

import schemathesis

# Why a request that the document allows may still be refused: what depends on other values or on what is stored.
RIGHTLY_REFUSED = (
    "is not from this server; copy it unchanged from a Link header",
    "is from a different list or filter",
    "was sent before with another body",
    "there is nothing to take off",
    "is not one of lead",
    "identifies nobody",
    "belongs to no id space",
    "is not the id of a source",
    "names nothing that can be changed",
    "is in the table twice",
    "is not a region that the phone tables know",
    "is not a two-letter region",
    "is the lead itself",
    "goes only with the role",
    "is missing; give the operator whose contacts",
    "is in the past; give a time in the future",
    "Source with this name already exists",
    "is not a time zone; ",
    "cannot be combined with from and to",
    "is before from; give a later time",
    "contact_id names no contact",
    "source_id names no source",
    "is more than 366 days ahead; give an earlier time",
    "is longer than 1100 days; ask for a shorter one",
    "is not within the years 1970 to 2199",
    "is not a date of the years 1970 to 2199; write it as ",
    "ends before it begins; exchange the two",
    "there is no calendar",
    "set calendar_id first",
    "cannot be its own fallback",
    "falls back on this one itself",
    "the chain of fallbacks would have more than",
    "is the fallback of sources",
    # Searches along links leave out parameters that are required.
    "source_id is missing; it is required",
    # What reports are asked for.
    " days before the end of the period; give a later time",
    "; GET /api/v1/sources lists them",
    "; GET /api/v1/operators lists them",
    # What only the whole of a calendar says of one of its entries.
    "is missing; give a date on which the cycle of ",
    "is not a time of day; write it as ",
    "is neither a date nor a time; write ",
    "is not a day of the cycle; give ",
    "is listed twice; put all intervals of a day into one list",
    "begins after its day; put it on the day on which it begins",
    "is empty; let it end after it begins, ",
    "overlaps ",
    "has intervals; leave them out, or make it only or plus",
    "has no intervals; list them, or make it closed",
    "contradicts /exceptions/",
    "is not a set of holidays; ",
    # What one field of a cap says of another.
    "is missing; give the seconds of the window",
    "goes only with windows by the clock",
    "goes only with rolling windows",
    " for this window",
    "does not end after it begins; exchange the two, ",
    # For whom a contact is to be reserved.
    "needs wanted_operator_id: ",
    # What a mapping, a preset and a list of sites say of their texts.
    "is wrong at ",
    "is no preset; give one of ",
    "has an entry that is no origin; ",
    "is no address with https or http",
    "nothing is taken in at this address",
    "there is no intake of source",
    "there is no payload",
    # What one step of ageing says of another.
    " does not rise; give more than the ",
    # What a URL of an endpoint has to be beyond its pattern, and what a replay says of itself.
    "is not a URL; give one such as ",
    "has no host; give one such as ",
    "has a name or password in it; ",
    "has a part behind #, which is never sent; ",
    "has port 0",
    "url cannot be called: ",
    # What an endpoint that is a CRM takes.
    "is not that of an inbound webhook of Bitrix24",
    "goes with the format events; leave it out",
    "is before from; give a later position",
    "is not supported here, for this answer is not kept",
    # The bot of a source.
    "bot_token needs a source of the kind telegram",
    "bot_token is that of source ",
    "bot_token names an environment variable of the server",
    "bot_token is unknown to Telegram",
    "bot_token does not go with an Idempotency-Key",
    "no source has a bot of which",
    # Whole numbers that are written with a point.
    "invalid type: floating point ",
)
# The last of a chain of calls names a second thing, which has nothing to do with the one that was made.
OTHER_IS_UNKNOWN = ("Operator not found", "there is no operator", "there is no source", "there is no lead")
OWN_KEY = os.environ.get("MAITRED_OWN_KEY")
HOUSE = os.environ["MAITRED_HOUSE"]


def texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts(part)


def is_rightly_taken(failure, case):
    """White space around a text is no part of it, and dialects read numbers as forgivingly as what they stand in for."""
    if "maxLength" in failure.message:
        return any(text != text.strip() for text in texts(case.body))
    is_type = "Incorrect type" in failure.message or "violates `type`" in failure.message
    return case.path.startswith("/compat/") and is_type


@schemathesis.hook
def filter_failure(context, failure, case, response):
    text = response.text or ""
    if failure.code == "ST201":
        return not is_rightly_taken(failure, case)
    if failure.code == "ST202":
        return not any(reason in text for reason in RIGHTLY_REFUSED)
    if failure.code == "ST302":
        return not any(reason in text for reason in OTHER_IS_UNKNOWN)
    return True


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """A server that has keys asks for one: there the document's "or none" does not hold."""
    if HOUSE != "open" and "security" in raw_schema:
        raw_schema["security"] = [needed for needed in raw_schema["security"] if needed]


@schemathesis.hook
def before_call(context, case, kwargs):
    """The key that all calls are made with is not to be revoked by one of them."""
    if case.method.upper() == "DELETE" and case.path.endswith("/keys/{id}"):
        if str(case.path_parameters.get("id")) == OWN_KEY:
            case.path_parameters["id"] = 0


if HOUSE == "strange":

    @schemathesis.check
    def nothing_but_401(context, response, case):
        assert response.status_code == 401, "a stranger is told nothing but 401"
