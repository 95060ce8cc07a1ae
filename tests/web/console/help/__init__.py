"""The guides: every link into them leads somewhere, in both languages, with pictures."""
