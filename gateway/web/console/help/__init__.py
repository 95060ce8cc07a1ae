"""The guides: Markdown files in both languages, shown beside the pages that link to them."""
