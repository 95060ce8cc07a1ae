"""The ledger's tree in the exchange store; each call is one transaction."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select

from gateway.domain.tiles import Tile
from gateway.ports.tree import OwnLeaf, PublishedTree
from gateway.store.exchange.tables import leaves as leaves_table
from gateway.store.exchange.tables import tiles as tiles_table
from gateway.store.exchange.tables import tree as tree_table
from gateway.store.exchange.transactions import Transactions, insert

_ONE = 1
_TREE = select(tree_table.c.epoch, tree_table.c.size, tree_table.c.root, tree_table.c.note).where(
    tree_table.c.id == _ONE
)
_TILE = select(tiles_table.c.hashes).where(
    tiles_table.c.level == bindparam("level"), tiles_table.c.position == bindparam("position")
)
_LEAF = select(leaves_table).where(
    leaves_table.c.partner == bindparam("partner"), leaves_table.c.digest == bindparam("digest")
)


class TreeSide:
    """ports.TreeShelf: the worker lays, the listener reads."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def tree(self) -> PublishedTree | None:
        """The newest head, None before the first."""
        with self._transactions.read() as connection:
            row = connection.execute(_TREE).first()
        return (
            None if row is None else PublishedTree(row.epoch, row.size, bytes(row.root), row.note)
        )

    def tile(self, level: int, index: int) -> bytes:
        """A tile's hashes as far as they go, b"" where there is none."""
        with self._transactions.read() as connection:
            row = connection.execute(_TILE, {"level": level, "position": index}).first()
        return b"" if row is None else bytes(row.hashes)

    def own_leaf(self, partner: str, digest: str) -> OwnLeaf | None:
        """The first leaf of this partner's that names this digest."""
        with self._transactions.read() as connection:
            row = connection.execute(_LEAF, {"partner": partner, "digest": digest}).first()
        return (
            None if row is None else OwnLeaf(row.partner, row.digest, row.leaf, bytes(row.opening))
        )

    def put_tiles(
        self, tiles: Sequence[Tile], leaves: Sequence[OwnLeaf], *, anew: bool = False
    ) -> None:
        """Lay tiles and leaves; `anew` clears what lay there, head included."""
        with self._transactions.write("exchange.tiles") as connection:
            for table in (tree_table, tiles_table, leaves_table) if anew else ():
                connection.execute(delete(table))
            name = connection.dialect.name
            if tiles:
                lay = insert(name, tiles_table)
                lay = lay.on_conflict_do_update(
                    index_elements=["level", "position"], set_={"hashes": lay.excluded.hashes}
                )
                connection.execute(lay, [_tile_row(tile) for tile in tiles])
            if leaves:  # the first leaf of a digest stays: later ones only speak of it again
                first = insert(name, leaves_table).on_conflict_do_nothing()
                connection.execute(first, [leaf._asdict() for leaf in leaves])

    def put_tree(self, tree: PublishedTree) -> None:
        """Show this head: its tiles lie there already."""
        values = {"epoch": tree.epoch, "size": tree.size, "root": tree.root, "note": tree.note}
        with self._transactions.write("exchange.tree") as connection:
            show = insert(connection.dialect.name, tree_table).values(id=_ONE, **values)
            connection.execute(show.on_conflict_do_update(index_elements=["id"], set_=values))


def _tile_row(tile: Tile) -> dict[str, int | bytes]:
    return {"level": tile.level, "position": tile.index, "hashes": tile.data}
