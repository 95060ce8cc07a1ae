"""palang doctor notices a lost period key before its content is wanted."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from gateway.domain.period_keys import join
from tests.cli.desk import Desk, findings


def test_a_lost_period_key_is_critical(desk: Desk) -> None:
    assert findings(desk, "--no-network")["period-keys"]["level"] == "OK"
    with closing(sqlite3.connect(desk.database)) as db:
        db.execute(
            "INSERT INTO batches (id, test, priority, salt, created_at, state, review, stopped)"
            " VALUES (1, 0, 2, ?, 1, 'PREPARED', x'', 0)",
            (join("2026-05-00000000", bytes(12), bytes(48)),),
        )
        db.commit()
    found = findings(desk, "--no-network")["period-keys"]
    assert found["level"] == "CRITICAL"
    assert "2026-05-00000000" in found["text"]
