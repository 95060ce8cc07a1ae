"""Files to take away without a reason: the columns that may hold a number are masked."""

from collections.abc import Iterable, Iterator

from gateway.domain.masked_cells import mask_text


def masked_rows(
    rows: Iterable[tuple[str, ...]], columns: frozenset[int]
) -> Iterator[tuple[str, ...]]:
    """The rows with these columns, counted from 0, masked; empty cells stay empty."""
    for row in rows:
        yield tuple(
            mask_text(cell) if cell and at in columns else cell for at, cell in enumerate(row)
        )
