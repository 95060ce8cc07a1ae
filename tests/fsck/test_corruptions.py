"""Every seeded corruption is found, and told by exactly its codes: no check hides another."""

from __future__ import annotations

import pytest

from gateway.fsck.codes import CODES
from tests.fsck.conftest import Site
from tests.fsck.corruptions import BY_NAME
from tests.fsck.tampering import Corruption
from tests.fsck.town import by_hand


@pytest.mark.parametrize("corruption", BY_NAME.values(), ids=BY_NAME)
def test_a_corruption_is_found_and_named(corruption: Corruption, site: Site) -> None:
    with by_hand(site.database) as db:
        corruption.edit(db, site.folder)
    report = site.check()
    assert set(report.counts) == corruption.codes, "\n".join(report.to_lines())


def test_the_gateway_as_it_was_made_is_clean(site: Site) -> None:
    report = site.check()
    assert report.clean, "\n".join(report.to_lines())


def test_every_code_has_its_corruption() -> None:
    told = {code for corruption in BY_NAME.values() for code in corruption.codes}
    assert told == set(CODES)
