"""`palang intake check`: what would become of every row of a file, changing nothing."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click

from gateway.domain.csvbytes import MAX_BYTES
from gateway.domain.errors import InputError
from gateway.domain.numbering import NumberRules
from gateway.domain.numbers import Decision, Outcome
from gateway.domain.sheet import Sheet, SheetRow, decide_rows, read_sheet

Decided = tuple[SheetRow, Decision]

_SHOWN = 40  # held and rejected rows on screen; --json has them all
_NOT_GOOD = (Outcome.HELD, Outcome.REJECTED)
_EPILOG = """\b
Example:
  palang intake check laporan.csv --column "NOMOR HP"
  palang intake check laporan.csv --column C --json > laporan.jsonl

\b
Exit code: 0 every row accepted, duplicate or ignored; 1 some held or rejected;
2 the file can't be read, or the number column is not certain."""


def check_command(load_rules: Callable[[], NumberRules]) -> click.Command:
    """The command `check`; `load_rules` gives the numbering plan and protected numbers in force."""

    @click.command("check", epilog=_EPILOG)
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--column", metavar="NAME_OR_LETTER", help="Header text or letter (A, B, ...).")
    @click.option("--json", "as_json", is_flag=True, help="One JSON object a line, summary last.")
    @click.pass_context
    def check(context: click.Context, file: Path, column: str | None, as_json: bool) -> None:
        """Decide every row of a CSV FILE of phone numbers and say why. Changes nothing."""
        try:
            rules = load_rules()
            sheet = read_sheet(_bytes(file), column, file.name)
        except InputError as bad:
            click.echo(f"Error: {bad}", err=True)
            if bad.hint:
                click.echo(f"Next: {bad.hint}", err=True)
            context.exit(2)
        decided = list(decide_rows(sheet.rows, rules))
        lines = _json_lines(sheet, decided, rules) if as_json else _report(sheet, decided, rules)
        for line in lines:
            click.echo(line)
        context.exit(1 if any(d.outcome in _NOT_GOOD for _, d in decided) else 0)

    return check


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as bad:
        raise InputError(f"expected a readable file, {file.name}: {bad.strerror}") from bad


def _json_lines(sheet: Sheet, decided: list[Decided], rules: NumberRules) -> Iterator[str]:
    for row, decision in decided:
        yield json.dumps(row_object(row, decision), ensure_ascii=False)
    yield json.dumps({"summary": summary(sheet, decided, rules)}, ensure_ascii=False)


def row_object(row: SheetRow, decision: Decision) -> dict[str, object]:
    """The object of one row in `--json`; `number` is there only when accepted."""
    found: dict[str, object] = {"row": row.row, "outcome": str(decision.outcome)}
    if decision.number is not None:
        found["number"] = f"+{decision.number}"
    found |= {"confidence": decision.confidence, "route": decision.route}
    return found | {"rule": decision.rule, "reason": decision.reason}


def summary(sheet: Sheet, decided: list[Decided], rules: NumberRules) -> dict[str, object]:
    """Counts by outcome, rule and route, all in rows of the file, and what they rest on."""
    return {
        "unit": "rows",
        "rows": len(decided),
        "outcomes": {str(o): _count(d.outcome is o for _, d in decided) for o in Outcome},
        "inferred": _count(d.confidence == "inferred" for _, d in decided),
        "test": _count(d.test for _, d in decided),
        "rules": dict(sorted(Counter(d.rule for _, d in decided).items())),
        "routes": dict(sorted(Counter(d.route for _, d in decided if d.route).items())),
        "file": sheet.digest,
        "column": {"letter": sheet.column_letter, "header": sheet.column_header},
        "encoding": sheet.encoding,
        "separator": sheet.separator,
        "plan": rules.plan.version,
        "on": rules.on.isoformat(),
    }


def _count(flags: Iterable[bool]) -> int:
    return sum(flags)


def _report(sheet: Sheet, decided: list[Decided], rules: NumberRules) -> Iterator[str]:
    header = f" ({sheet.column_header})" if sheet.column_header else ", no header"
    yield f"Column {sheet.column_letter}{header}, {sheet.encoding}, file {sheet.digest}"
    yield f"Numbering plan {rules.plan.version}, as of {rules.on.isoformat()}"
    yield ""
    for outcome in Outcome:
        mine = [decision for _, decision in decided if decision.outcome is outcome]
        inferred = _count(decision.confidence == "inferred" for decision in mine)
        remark = f"  of which inferred {inferred}" if inferred else ""
        yield f"  {outcome:<10}{len(mine):>9} rows{remark}"
    yield f"  {'in all':<10}{len(decided):>9} rows"
    yield from _problems([pair for pair in decided if pair[1].outcome in _NOT_GOOD])


def _problems(bad: list[Decided]) -> Iterator[str]:
    if not bad:
        yield "\nEvery row is accepted, a duplicate or ignored."
        return
    yield "\nRows that need a person (numbers masked):"
    for row, decision in bad[:_SHOWN]:
        yield f"  row {row.row:<7} {decision.outcome:<9} {mask_text(row.raw)}"
        yield f"      {decision.reason}"
    if len(bad) > _SHOWN:
        yield f"  ... and {len(bad) - _SHOWN} more: --json lists every row"


def mask_text(raw: str) -> str:
    """A refused cell for the screen: at most four first and two last digits, no plain words."""
    words = [word if any(c.isdigit() for c in word) else "…" for word in raw[:80].split()]
    shown = re.sub(r"(?:… )+…", "…", " ".join(words))
    places = [index for index, char in enumerate(shown) if char.isdigit()]
    ends = 2 if len(places) > 8 else 0
    hidden = set(places[min(4, len(places) // 3) : len(places) - ends])
    masked = "".join("•" if index in hidden else char for index, char in enumerate(shown))
    return "".join(char if char.isprintable() else "�" for char in masked[:48]) or "(empty)"
