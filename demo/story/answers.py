"""Answers: the table a partner, an over-claim that is refused, an operator that stays silent."""

from demo.cast import OPERATOR_A, OPERATOR_B
from demo.peek import claim_too_much
from demo.screen import count, moment
from demo.shell import DemoFailed, Facts
from demo.stage import Stage
from demo.stock import StockActor

_HEAD = ("partner", "entries", "sent", "acked", "done", "other", "no final word", "state")
_WIDTHS = (12, 9, 7, 8, 7, 8, 15, 0)


def over_claim(stage: Stage, batch: int) -> None:
    """An operator signs for one entry too many, with its real key."""
    actor = stage.actor(OPERATOR_A.id)
    claim_too_much(actor.home, actor.delivery(batch), _entries(stage) + 1)


def refusal(stage: Stage) -> None:
    """What became of that."""
    actor, entries = stage.actor(OPERATOR_A.id), _entries(stage)
    stage.worker.wait(
        lambda fact: fact.get("event") == "judged" and fact.get("state") == "REFUSED",
        f"the refusal of the over-claim of {actor.id}",
    )
    leaf = stage.palang.run("audit", "log", "--event", "statement.refuse", "--json").out
    if "entry-outside" not in leaf:
        raise DemoFailed(f"expected a refusal for entry-outside, the ledger has {leaf.strip()}")
    stage.screen.part(
        "CLAIMS",
        f"{actor.id} signs for entry {entries + 1} of {entries}: kept, refused (entry-outside): "
        "none of it counts",
    )


def _entries(stage: Stage) -> int:
    return len(stage.expected.numbers[OPERATOR_A.id])


def table(stage: Stage, batch: int) -> Facts:
    """The table, and the part `partners` of the result."""
    found = stage.palang.json("delivery", "progress", "--batch", str(batch))["partners"]
    stage.screen.part("ANSWERS", _row(_HEAD))
    for partner, sums in found.items():
        stage.screen.more(_row(_cells(partner, sums)))
    _silent(stage, batch)
    return {partner: _result(sums) for partner, sums in found.items()}


def _cells(partner: str, sums: Facts) -> tuple[str, ...]:
    other = sum(sums["confirmed"].values()) - sums["done"]
    figures = ("entries", "sent", "acknowledged", "done")
    shown = [count(n) for n in (*(sums[f] for f in figures), other, sums["outstanding"])]
    return (partner, *shown, _state(sums))


def _row(cells: tuple[str, ...]) -> str:
    first, *rest = zip(cells, _WIDTHS, strict=True)
    *figures, (state, _) = rest
    return f"{first[0]:<{first[1]}}" + "".join(f"{c:>{w}}" for c, w in figures) + f"  {state}"


def _silent(stage: Stage, batch: int) -> None:
    found = stage.delivery(stage.actor(OPERATOR_B.id).delivery(batch))
    stage.screen.more(
        f"{OPERATOR_B.id} is silent: {count(found['outstanding'])} outstanding, due "
        f'{moment(found["deadline"])} ("done" is declared)'
    )


def verified(stage: Stage) -> Facts:
    """The part `answered` of the result: how many of our signed answers each partner that has
    nothing of ours verified with its tool. Raises DemoFailed while a statement has none."""
    stock = [actor for actor in stage.actors.values() if isinstance(actor, StockActor)]
    return {actor.id: actor.await_answers() for actor in stock}


def _result(sums: Facts) -> Facts:
    names = ("entries", "sent", "acknowledged", "confirmed", "outstanding")
    return {name: sums[name] for name in names} | {"state": _state(sums)}


def _state(sums: Facts) -> str:
    return "+".join(sums["states"])
