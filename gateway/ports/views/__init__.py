"""What pages and listings read: one Protocol an area, always paged by key."""
