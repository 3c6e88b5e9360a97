"""All files of a statement: data, pages, tables, and the list of their digests; all of one document and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from reports import statement_page, statement_pdf
from reports.statement_tables import tables
from reports.statement_words import STATEMENTS
from sla.canonical import canonical

EVIDENCE = "evidence.json"
SUMS = "SHA256SUMS"


def page_name(language: str, first: str, ending: str = "html") -> str:
    """The file of one language: the ``first`` one has the plain name."""
    return f"statement.{ending}" if language == first else f"statement.{language}.{ending}"


def json(document: Mapping[str, Any]) -> bytes:
    """The document as canonical JSON (RFC 8785) and an end of line."""
    return canonical(dict(document)).encode() + b"\n"


def html(document: Mapping[str, Any], language: str, first: str) -> bytes:
    """The page in one language, with links to the others and to the data beside it."""
    others = {tag: page_name(tag, first) for tag in STATEMENTS if tag != language}
    data = {name: name for name in ("statement.json", *tables(document), EVIDENCE)}
    return statement_page.render(document, language, {**others, **data})


def forms(document: Mapping[str, Any], first: str = "en", pdf: bool = False) -> dict[str, bytes]:
    """Every file but the evidence itself, by name; ``first`` is the language of ``statement.html``.

    With ``pdf`` a PDF of each language too. Raises ``statement_pdf.NoPdf``.
    """
    pages = {page_name(tag, first): html(document, tag, first) for tag in STATEMENTS}
    printed = {f"{name.removesuffix('html')}pdf": statement_pdf.pdf(page) for name, page in pages.items()} if pdf else {}
    return {"statement.json": json(document), **pages, **printed, **tables(document)}


def sums(files: Mapping[str, bytes]) -> bytes:
    """The digests of ``files`` as ``sha256sum --check`` reads them."""
    return "".join(f"{sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)).encode()
