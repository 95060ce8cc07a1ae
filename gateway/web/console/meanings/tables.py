"""Meanings of the errors about dated tables, retention policies and legal holds."""

from gateway.web.console.meanings.meaning import means, rest

TABLES = (
    means("Choose the CSV file of the new version.", "expected a file"),
    means(
        "Choose which table it is, from the list.",
        "expected one of the tables in the list",
        "expected one of {}, got {}",
    ),
    means(
        "This version of the table is not loaded. The list of tables has all that are.",
        "no such version of this table is loaded",
        "no version {} of {} is loaded",
    ),
    means(
        "The file is no table in its form: CSV in UTF-8 with the head lines # version: "
        "YYYY-MM-DD and # source: ..., a header, and as many cells in every row. Take the ruling "
        "version as a pattern and load it again.",
        "expected {} cells in seed table {}, row {} has {}",
        "expected a date as version of seed {}, got {}",
        "expected table {} as CSV in UTF-8",
        "expected table {} as CSV, its quotes are not closed",
        "expected a header and rows in table {}, found none",
        "expected a line '# {}: ...' in seed table {}",
        "table {} {}: expected the columns {}, got {}",
    ),
    rest(
        "The file is no table in its form: CSV in UTF-8 with the head lines # version: "
        "YYYY-MM-DD and # source: ..., a header, and as many cells in every row. Take the ruling "
        "version as a pattern and load it again.",
        "expected a column {} in {} {}",
    ),
    means(
        "A cell of the table is not in its form. Correct the row that the service names and load "
        "the table under a new version.",
        "expected a prefix or number as 870, 0870, +62870 or +61491570, here {}; got {}",
        "{}: expected a prefix or number as 870, 0870, +62870 or +61491570, here {}; got {}",
        "expected test 0 or 1 in {} {}, got {}",
        "expected match exact or prefix in {} {}, got {}",
        "expected a date YYYY-MM-DD in {} {}, got {}",
    ),
    means(
        "A prefix belongs to one partner at a time. End the older row with valid_to before the "
        "newer one begins, and load the table under a new version.",
        "expected one partner for prefix {} at a time, numbering plan {} has {} and {}",
    ),
    means(
        "This version is loaded already. Give the changed table a new version.",
        "version {} of {} is loaded already",
        "version {} of {} is loaded with other content",
    ),
    means(
        "This table decides no numbers, so there is nothing to compare. Sign from which day it "
        "rules.",
        "table {} decides no numbers",
    ),
    means(
        "It can rule from today on, never from a day that has been: what was decided until now "
        "keeps its rules. Choose another day.",
        "{}: expected a day from today on, got {}",
    ),
    means(
        "This version rules on that day already. The list of tables shows it.",
        "version {} of {} rules on that day already",
    ),
    means(
        "A retention policy needs a version and the legal basis that it cites. Fill in both.",
        "a retention policy needs a version and the legal basis that it cites",
    ),
    means(
        "A retention policy names how many months at least one of the kinds is kept, from 1 to "
        "the most that the service names. Fill in the months.",
        "a retention policy names one of {}",
        "{}: expected 1 to {} months, got {}",
    ),
    means(
        "Numbers can't go before the proofs of their slices, which are made of them. Keep the "
        "entries of batches at least as long as the slices.",
        "numbers can't go before the proofs of their slices, which are made of them",
    ),
    means(
        "Retention policy %(version)s is there with other words. Propose this one under a new "
        "version.",
        "retention policy {version} is there with other words",
    ),
    means(
        "There is no retention policy %(version)s. The page shows those that are there.",
        "there is no retention policy {version}",
    ),
    means(
        "There is no such legal hold. The page shows those that are there.",
        "there is no legal hold {}",
    ),
    means("Legal hold %(hold)s is lifted already.", "legal hold {hold} is lifted already"),
    means(
        "A legal hold is on a number, a batch, a partner or an intake. Choose which, and name it "
        "by its number or id.",
        "a legal hold is on one of {}, got {}",
        "a legal hold is on a number, or names a batch, partner or intake",
        "a {} has a number, got {}",
    ),
    means(
        "A legal hold needs a reason and a reference. Fill in both.",
        "a legal hold needs a reason and a reference",
    ),
    means(
        "The reason or the reference looks like a phone number, which may not stand there. Leave "
        "it out; to hold a number, choose it as what is held.",
        "reason or reference looks like a phone number, which may not stand there",
    ),
)
"""Only the `rest` among them may fit what another one fits."""
