"""What tables share: the one metadata, a key that counts by itself, and the columns that a fact begins with."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData

metadata = MetaData()
SERIAL = BigInteger().with_variant(Integer, "sqlite")


def recorded() -> tuple[Column[int], Column[int]]:
    """What every row that is kept for ever begins with: its number, and when it was recorded (ms)."""
    return Column("no", SERIAL, primary_key=True), Column("recorded_at", BigInteger, nullable=False)


def fact() -> tuple[Column[int], Column[int], Column[int]]:
    """What every fact that people decided begins with: its number, when it was recorded, and of which site it is."""
    return *recorded(), Column("site_no", Integer, ForeignKey("site.no"), nullable=False)
