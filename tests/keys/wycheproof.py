"""Wycheproof's vectors (tests/vectors/wycheproof/README.md): cases, and what each demands."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.domain.errors import InputError, NotVerified

FOLDER = Path(__file__).parents[1] / "vectors" / "wycheproof"


@dataclass(frozen=True)
class Case:
    """One vector with its group; bytes by name."""

    number: int
    flags: frozenset[str]
    result: str  # valid, invalid, acceptable
    group: dict[str, Any]
    values: dict[str, str]

    def __getitem__(self, name: str) -> bytes:
        return bytes.fromhex(self.values[name])


def cases(name: str) -> Iterator[Case]:
    """All of a file."""
    document = json.loads((FOLDER / f"{name}.json").read_text("ascii"))
    for group in document["testGroups"]:
        tests = group.pop("tests")
        for test in tests:
            yield Case(test["tcId"], frozenset(test["flags"]), test["result"], group, test)


def judged(
    name: str,
    act: Callable[[Case], object],
    wanted: Callable[[Case], object] = lambda _: None,
    among: Callable[[Case], bool] = lambda _: True,
    stricter: Callable[[Case], bool] = lambda _: False,
) -> int:
    """Demand the right outcome of every case, and return how many there were.

    A valid one gives what is `wanted`, unless we are `stricter` than the vector; an invalid one is
    refused, by an error of ours and nothing else; an acceptable one may be refused too.
    """
    wrong, count = [], 0
    for case in filter(among, cases(name)):
        count += 1
        outcome = _outcome(act, case)
        good = outcome == wanted(case)
        refused = isinstance(outcome, NotVerified | InputError)
        must_refuse = case.result == "invalid" or stricter(case)
        may_refuse = must_refuse or case.result == "acceptable"
        if not (refused if must_refuse else good or (may_refuse and refused)):
            wrong.append((case.number, case.result, sorted(case.flags), repr(outcome)[:80]))
    assert not wrong, wrong[:5]
    return count


def _outcome(act: Callable[[Case], object], case: Case) -> object:
    try:
        return act(case)
    except (NotVerified, InputError) as refused:
        return refused
