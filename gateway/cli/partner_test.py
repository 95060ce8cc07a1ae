"""`palang partner test`: the self-test ladder, told rung by rung."""

import time
from collections.abc import Callable
from pathlib import Path

import click

from gateway.cli.common import example, json_option, show, write_new
from gateway.domain.canonical import decode
from gateway.domain.ladder.rungs import Rung, told
from gateway.services.ladder import Ladder, Pause

LOOK = 2.0  # seconds between two looks for what the partner answered


def add_test_command(group: click.Group, ladder: Callable[[], Ladder]) -> None:
    """Mount it on the group `partner`."""

    @group.command(
        "test",
        epilog=example(
            "palang partner test opr-uji-a",
            "palang partner test opr-uji-a --wait 3600",
            "palang partner test opr-uji-a --rung gap --json",
        ),
    )
    @click.argument("partner")
    @click.option(
        "--rung",
        type=click.Choice([str(rung) for rung in Rung]),
        help="Show this rung only; of the three lowest no other one is tried.",
    )
    @click.option(
        "--wait",
        default=60,
        show_default=True,
        type=click.IntRange(0, 86_400),
        help="Seconds to wait for the partner at each step. Run it again to go on later.",
    )
    @click.option("--anew", is_flag=True, help="Begin a new climb with new samples.")
    @click.option("--out", type=click.Path(path_type=Path), help="New file for the signed result.")
    @json_option
    @click.pass_context
    def test(
        context: click.Context,
        partner: str,
        rung: str | None,
        wait: int,
        anew: bool,
        out: Path | None,
        as_json: bool,
    ) -> None:
        """Climb the self-test ladder with a proposed PARTNER; of a live one only the channel.

        Test numbers only, in rehearsals that no partner takes for deliveries. The signed result is
        kept, and is a condition for going live. Exit code 1 where a rung failed or waits.
        """
        services = ladder()
        only = Rung(rung) if rung else None
        low = only in (Rung.IDENTITY, Rung.LOGIN, Rung.WRITE)
        result = services.run(partner, patience(wait), anew=anew, low=low)
        if out is not None:
            write_new(out, services.last(partner) + b"\n")
        shown = [one for one in result.rungs if only in (None, one.rung)]
        document = decode(result.to_bytes(), what="the result")
        document["rungs"] = [one for one in document["rungs"] if rung in (None, one["rung"])]
        passed = "passed" if result.passed else "not passed"
        lines = [*told(result, only), f"Ladder {passed}."]
        show(as_json, document, lines, _next(partner, passed=result.passed))
        good = result.passed if only is None else all(one.state == "passed" for one in shown)
        context.exit(0 if good else 1)


def patience(wait: int) -> Pause:
    """Wait so many seconds at each step."""

    def pause(tries: int) -> bool:
        if tries * LOOK >= wait:
            return False
        time.sleep(LOOK)
        return True

    return pause


def _next(partner: str, *, passed: bool) -> str:
    if passed:
        return (
            "the first officer signs the card again, having seen this: palang partner add CARD; "
            f"then another one: palang partner approve {partner}"
        )
    return f"what each rung names; then again: palang partner test {partner}"
