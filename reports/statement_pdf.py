"""A statement as a tagged PDF (PDF/UA-1): the same HTML under its print style. Needs the extra ``pdf``; nothing is fetched."""

from __future__ import annotations

import logging
from hashlib import sha256
from typing import Any

INSTALL = (
    "pip install 'threenines[pdf]', and Debian's libpango-1.0-0, libpangoft2-1.0-0, libharfbuzz-subset0 and fonts-dejavu-core"
)


class NoPdf(RuntimeError):
    """What makes PDF is not installed; the text says how to install it."""


def available() -> bool:
    """Whether PDF can be made here."""
    try:
        _weasyprint()
    except NoPdf:
        return False
    return True


def pdf(html: bytes) -> bytes:
    """``html`` as PDF: equal HTML gives equal bytes under one version of WeasyPrint with the same fonts. Raises NoPdf."""
    weasyprint = _weasyprint()
    nothing = weasyprint.urls.URLFetcher(allowed_protocols=())  # whatever a text in the document asks for
    page = weasyprint.HTML(string=html.decode(), url_fetcher=nothing)
    made: bytes = page.write_pdf(pdf_variant="pdf/ua-1", pdf_tags=True, pdf_identifier=sha256(html).digest()[:16])
    return made


def _weasyprint() -> Any:
    try:
        import weasyprint
    except (ImportError, OSError) as fault:  # OSError: the library is there and Pango is not
        raise NoPdf(f"PDF needs WeasyPrint: {INSTALL} ({fault})") from None
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    return weasyprint
