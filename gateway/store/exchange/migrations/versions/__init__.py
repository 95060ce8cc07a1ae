"""One file a revision, of four digits that rise."""
