"""The API as a page that people read: made from the same description that tools get."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "h2{margin-top:2.5rem;border-top:1px solid #888;padding-top:1rem}code{font-size:.95em}"
    "table{border-collapse:collapse;margin:.5rem 0 1rem}th,td{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0}"
)


def html(document: Mapping[str, Any]) -> str:
    """The page of an OpenAPI ``document``. It needs nothing beside itself."""
    schemas = document["components"]["schemas"]
    routes = [(path, verb, one) for path, verbs in document["paths"].items() for verb, one in verbs.items()]
    body = "\n".join(part for path, verb, one in routes for part in _route(path, verb, one, schemas))
    contents = "\n".join(f'<li><a href="#{one["operationId"]}">{_call(path, verb)}</a></li>' for path, verb, one in routes)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>threenines: the API</title>\n'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>\n<body>\n<h1>The API</h1>\n'
        f"<p>{escape(document['info']['description'])} Every request carries <code>Authorization: Bearer &lt;token&gt;</code>. "
        "A mistake is answered as <code>application/problem+json</code> (RFC 9457): all at once, each with its place.</p>\n"
        f"<ul>\n{contents}\n</ul>\n{body}\n</body>\n</html>\n"
    )


def _call(path: str, verb: str) -> str:
    return f"<code>{verb.upper()} {escape(path)}</code>"


def _route(path: str, verb: str, one: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[str]:
    yield f'<h2 id="{one["operationId"]}">{_call(path, verb)}</h2>\n<p>{escape(one["summary"])}.</p>'
    asked = [
        (row["name"], f"{row['in']}{', must be there' if row.get('required') else ''}", row.get("description", ""))
        for row in one["parameters"]
    ]
    yield from _table("Asked with", asked)
    if "requestBody" in one:
        yield from _table(
            "The body, a JSON object", _members(one["requestBody"]["content"]["application/json"]["schema"], schemas)
        )
    yield from _table("Answers", [(status, "", said["description"]) for status, said in one["responses"].items()])


def _members(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The members of the object that ``schema`` refers to: name, kind, meaning."""
    of = schemas[schema["$ref"].rpartition("/")[2]]
    return [
        (name, f"{_kind(one)}{', must be there' if name in of['required'] else ''}", one["description"])
        for name, one in of["properties"].items()
    ]


def _kind(schema: Mapping[str, Any]) -> str:
    """A schema in a word or two."""
    if "enum" in schema:
        return "one of " + ", ".join(str(word) for word in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    kind = schema.get("type", "any")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _table(title: str, rows: list[tuple[str, str, str]]) -> Iterator[str]:
    if rows:
        lines = "\n".join(
            f'<tr><th scope="row"><code>{escape(name)}</code></th><td>{escape(kind)}</td><td>{escape(said)}</td></tr>'
            for name, kind, said in rows
        )
        yield f"<table><caption>{title}</caption>\n<tbody>\n{lines}\n</tbody></table>"
