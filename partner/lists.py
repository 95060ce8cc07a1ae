"""lists/: what is enforced now, as files for other systems. Written whole, replaced atomically.

current.csv has one line a number with the order it rests on; the further forms hold the number in
another writing. Only here and in the hook's entries file does this kit write numbers.
"""

from collections.abc import Callable

from partner import files, never_block, orders
from partner.enforce import Order
from partner.kit import Kit
from partner.settings import FILE_NAME

_HEADER = ("number", "batch", "delivery", "entry", "category", "channel")
_NAMES = {"62": "current-62.csv", "+62": "current-plus62.csv", "08": "current-08.csv"}
COUNTRY = "62"
WRITTEN = "lists"
"""The flag with the generation of orders that lists/ show."""


def refresh(kit: Kit) -> bool:
    """Write lists/ if orders, the never-block file or the settings changed since; returns whether.

    Raises InputError for a never-block file that can't be read.
    """
    with kit.state.read() as tx:
        generation = tx.flag(orders.GENERATION)
        if generation == tx.flag(WRITTEN) and not _outdated(kit):
            return False
        never = never_block.load(kit.settings.path("never_block"))
        rows = [order for order in orders.enforced(tx) if not never(order.number)]
    _write(kit, rows)
    with kit.state.write() as tx:
        tx.set_flag(WRITTEN, generation)
        # A crash before this leaves an older number, and the lists are written once more; so does
        # another process that wrote an older generation over ours.
        tx.commit("kit.lists")
    return True


def _outdated(kit: Kit) -> bool:
    """Whether a list is missing, or older than what it is made from beside the orders."""
    folder = kit.settings.path("lists")
    files_made = [
        folder / name
        for name in ("current.csv", *(_NAMES[form] for form in kit.settings.list_forms))
    ]
    if not all(path.exists() for path in files_made):
        return True
    sources = (kit.home / FILE_NAME, kit.settings.path("never_block"))
    newest = max((path.stat().st_mtime_ns for path in sources if path.exists()), default=0)
    return min(path.stat().st_mtime_ns for path in files_made) < newest


def _write(kit: Kit, rows: list[Order]) -> None:
    folder, separator = kit.settings.path("lists"), kit.settings.list_separator
    lines = [_HEADER, *(_line(order) for order in rows)]
    text = "".join(separator.join(line) + "\n" for line in lines)
    files.replace(folder / "current.csv", text.encode(), "kit.lists")
    for form in kit.settings.list_forms:
        write = FORMS[form]
        text = "number\n" + "".join(write(str(order.number)) + "\n" for order in rows)
        files.replace(folder / _NAMES[form], text.encode(), "kit.lists")


def _line(order: Order) -> tuple[str, ...]:
    return (
        str(order.number),
        str(order.batch),
        order.delivery,
        str(order.entry),
        order.category,
        order.channel,
    )


def _national(digits: str) -> str:
    """0 and the national number; a foreign number keeps its plus, as 0 would make it another."""
    return "0" + digits.removeprefix(COUNTRY) if digits.startswith(COUNTRY) else "+" + digits


FORMS: dict[str, Callable[[str], str]] = {
    "62": lambda digits: digits,
    "+62": lambda digits: "+" + digits,
    "08": _national,
}
