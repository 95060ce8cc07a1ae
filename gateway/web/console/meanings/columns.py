"""Meanings of what is said about the columns of a file and the saved columns of a source."""

from gateway.web.console.meanings.meaning import means

COLUMNS = (
    means(
        "No column of phone numbers was found. Choose it, or look whether the file is right.",
        "expected a column of phone numbers in {}, found none by headers or values",
        "expected a column of phone numbers that {} shows, {} is hidden",
        "expected a column with that header or letter in {}, it has A to {}",
    ),
    means(
        "Several columns could hold the reported numbers. Choose the right one.",
        "expected one column of phone numbers in {}, it could be any of: {}",
        "expected one column of that name, {} has several: {}",
    ),
    means(
        "The sheets of the file head this column differently. Choose one sheet, and hand in the "
        "others one by one.",
        "expected one meaning of column {} in {}, its sheets head it differently",
    ),
    means(
        "The column may hold the complainants' own numbers. Choose the column of the reported "
        "numbers.",
        "expected a column that is headed as the reported numbers in {}, {} may be the "
        "complainants' own telephones: {}",
    ),
    means(
        "The column is headed as one of accounts, identities or complainants, which is never read "
        "as phone numbers. Choose another one; correct the header if it is wrong.",
        "expected the column of reported phone numbers, column {} of {} is headed as an account, "
        "identity or complainant's column",
    ),
    means(
        "The headers are not those that were saved for this source. Choose the column, and keep "
        "it for the next files.",
        "expected the headers of the saved profile in {}, column {} differs: the profile has {}, "
        "the file {}",
        "expected one column for {}, as the saved profile says, found {}",
        "expected a column for {} that holds no people, column {} of {} may",
    ),
    means(
        "The columns of this file can't be kept for its source. Take it in without keeping them.",
        "a profile is kept of one sheet whose number column has a header",
        "expected each {} of a profile as a text of at most {}",
        "expected a {} without a number in it, for the profile of a source",
        "expected a header text for each role in the profile of a source",
    ),
    means(
        "The saved columns of this source can't be read. Choose the columns, and keep them anew.",
        "expected a profile of a source, version 1, got something else",
        "expected roles and expected headers in the profile of a source",
        "expected roles of the list in the profile of a source, got {}",
    ),
    means(
        "No columns are saved for the source %(source)s. They are kept when a file is taken in.",
        "source {source} has no saved profile",
    ),
    means(
        "The saved columns of the source changed meanwhile. Look at the preview again.",
        "the columns that would be read are no longer those that were shown",
    ),
)
"""In no order: no two of them fit one message."""
