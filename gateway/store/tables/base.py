"""What all tables share: the metadata, and the few column types in use.

A moment is int microseconds UTC, a phone number an integer of its E.164 digits (measured.md 4: a
text key costs three times the time). Tables of many rows are clustered by their key: on SQLite
WITHOUT ROWID.
"""

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, MetaData, Text
from sqlalchemy.types import TypeEngine

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

ROWID: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")
"""A rising number given by the database; SQLite does so for the type INTEGER only."""


def text(name: str) -> Column[str]:
    """A column of text, "" where there is nothing to say."""
    return Column(name, Text, nullable=False)


def whole(name: str) -> Column[int]:
    """A column of whole numbers: a count, a moment, a phone number."""
    return Column(name, BigInteger, nullable=False)


def maybe(name: str) -> Column[int]:
    """A moment that may not have come yet."""
    return Column(name, BigInteger, nullable=True)


def flag(name: str) -> Column[bool]:
    """A column of yes or no."""
    return Column(name, Boolean, nullable=False)


def blob(name: str) -> Column[bytes]:
    """A column of exact bytes."""
    return Column(name, LargeBinary, nullable=False)


def rising(name: str) -> Column[int]:
    """A primary key that the database gives, rising."""
    return Column(name, ROWID, primary_key=True, autoincrement=True)


def given(name: str) -> Column[int]:
    """A primary key that we give: on SQLite the table's own order, with no second index."""
    return Column(name, ROWID, primary_key=True, autoincrement=False)
