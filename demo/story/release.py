"""Review and release: who gets what, what nobody may receive, and that it takes two officers."""

from demo.cast import PREPARER, RELEASER
from demo.screen import count
from demo.shell import DemoFailed, Facts
from demo.stage import Stage


def tell(stage: Stage, intake: int) -> int:
    """Prepare a batch of the intake and release it; the batch's number."""
    made = stage.palang.json("batch", "new", str(intake))
    batch, name = int(made["batch"]), str(made["batch"])
    review = stage.palang.json("batch", "review", name)
    _review(stage, batch, review)
    by_one, by_two = stage.signed_by(PREPARER), stage.signed_by(RELEASER)
    stage.palang.run("batch", "submit", name, *by_one)
    refused = stage.palang.run("batch", "release", name, *by_one, code=1).refusal()
    stage.screen.part("RELEASE", f"{PREPARER} prepared and signed; her own release is refused:")
    stage.screen.more(f'"{refused}"')
    done = stage.palang.json("batch", "release", name, *by_two)
    stage.screen.more(
        f"{RELEASER} signed the same digest: batch {batch} is {done['state']}, "
        f"{len(done['deliveries'])} deliveries are queued"
    )
    return batch


def _review(stage: Stage, batch: int, review: Facts) -> None:
    left: dict[str, int] = {}
    for entry in review["nobody"]:
        left[entry["route"]] = left.get(entry["route"], 0) + 1
    if left != stage.expected.nobody:
        raise DemoFailed(f"for nobody: expected {stage.expected.nobody}, the review has {left}")
    stage.screen.part("REVIEW", f"batch {batch}: {', '.join(_shares(review))}")
    foreign = left.pop("ott", 0)
    whose = [f"{n} of {route} (no such partner)" for route, n in left.items()]
    stage.screen.more(
        f"{len(review['nobody'])} nobody may receive: "
        + ", ".join([*whose, f"{foreign} foreign beyond consent"])
        + f"; without consent: {review['withheld'][0]}"
    )


def _shares(review: Facts) -> list[str]:
    """Who gets how many; those with the same share in one word."""
    by_size: dict[int, list[str]] = {}
    for share in review["shares"]:
        by_size.setdefault(share["block"], []).append(share["partner"])
    return [_share(who, count(size)) for size, who in by_size.items()]


def _share(who: list[str], size: str) -> str:
    return f"{who[0]} {size}" if len(who) == 1 else f"{len(who)} with consent {size} each"
