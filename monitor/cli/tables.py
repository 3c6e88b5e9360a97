"""Tables for people on stdout: as wide as the terminal, 80 without one, in colour only where somebody looks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table


def show(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str | None = None) -> None:
    """Print ``rows`` under ``columns``; words break where they must, nothing is cut off."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(_plain(cell) for cell in row))
    Console(highlight=False, markup=False, emoji=False).print(table)


def _plain(cell: str) -> str:
    """Text of others without anything that moves a cursor."""
    return "".join(char if char.isprintable() or char == "\n" else "?" for char in cell)
