"""Code lists: what a table of codes says of each."""

from dataclasses import replace

from config.seed import load_seed
from gateway.domain.codes import code_list


def test_the_table_says_in_which_channels_a_number_may_be_false() -> None:
    table = load_seed().table("channels")
    assert code_list(table).true_numbers == {"whatsapp"}
    at = table.columns.index("cli_may_be_false")
    other = tuple((*row[:at], "1", *row[at + 1 :]) for row in table.rows)
    assert code_list(replace(table, rows=other)).true_numbers == frozenset()
    assert code_list(load_seed().table("categories")).true_numbers == frozenset()
