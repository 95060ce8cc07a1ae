"""Meanings of what is said about files that can't be read as a list."""

from gateway.web.console.meanings.meaning import means, rest

FILES = (
    means("Choose a file, or paste the rows.", "no file came", "no file came and no text"),
    means("Hand in a file or pasted text, not both.", "a file and pasted text came"),
    means(
        "The workbook has a password. Remove it, save the file and hand it in again.",
        "expected a workbook that can be opened, {} is protected by a password",
    ),
    means(
        "The file is too large. Keep only the list, or split it and hand in each part.",
        "expected at most {} bytes, {} has {}",
        "expected at most {} rows, {} has more",
        "expected {} that takes at most {} MiB and {} seconds to read, {} takes more",
        "expected {} that takes at most {} MiB to read, {} takes more",
        "expected at most {} in a sheet, {} has {} in sheet {}",
        "a file of at most {} MiB is expected, this one is larger",
    ),
    means(
        "A row or a cell of the file is longer than a list's can be. Look for a single quotation "
        "mark near the row that the service names, or for a file without line ends; save it anew "
        "as XLSX or CSV.",
        "expected at most {} bytes in a row, {} has a longer one",
        "expected at most {} characters in a cell, row {} of {} has more",
        "expected at most {} characters in a cell, row {} of {} has {}",
        "expected at most {} columns, row {} of {} has {}",
        "expected one row, row {} of {} holds several inside one quoted cell",
        "expected closed quotes in every cell, {} breaks off near row {}",
    ),
    means(
        "No row with a phone number stands in its first rows. Is it the right file?",
        "expected rows with phone numbers, {} has none in its first rows",
    ),
    means(
        "This is no list that is read here, or its name ends in something that it is not. Open it "
        "in a spreadsheet program and save it as XLSX, ODS or CSV.",
        "expected CSV (.csv, .tsv), XLSX, ODS, NDJSON (.ndjson, .jsonl) or text (.txt), {}",
        "expected {}, {} has no workbook inside",
        "expected {}, {} has no workbook inside but is empty",
        "expected {}, {} is a workbook (XLSX, ODS) or another ZIP",
        "expected {}, {} holds JSON objects",
        "expected NDJSON in UTF-8, {} is in {}",
        "expected {} in a line, row {} of {} has {}",
        "expected text in UTF-8, UTF-16 or Windows-1252, {} is none of them",
    ),
    rest(
        "This is no list that is read here, or its name ends in something that it is not. Open it "
        "in a spreadsheet program and save it as XLSX, ODS or CSV.",
        "expected {}, {} is {}",
    ),
    means(
        "The file is damaged, or holds what readers do not all see alike. Open it in a spreadsheet "
        "program, save it anew as XLSX or CSV and hand that in.",
        "expected {} that can be read, {} {}",
        "expected a workbook with plain XML in UTF-8 inside, {} has {}",
        "expected {} in workbook {}, it has {}",
        "expected rows that every reader sees alike, {} has others in sheet {}",
        "expected a file, {} is a folder or a device",
    ),
    means(
        "The file could not be read to its end here. Hand it in once more; tell the system "
        "administrator if it happens again.",
        "expected rows from the reader of {}, something else came",
        "expected rows from the process that reads the file, it sent {}",
        "expected {} to stay as it is while it is read, something wrote to it",
        "expected a page of decided rows, it can't be read",
        "expected a page of decided rows, its columns do not fit together",
    ),
    means(
        "The file has no such sheet. Choose one of those that the preview names.",
        "expected a sheet from 1 to {} in {}, not {}",
        "expected a sheet of that name in {}",
    ),
)
"""Only the `rest` among them may fit what another one fits."""
