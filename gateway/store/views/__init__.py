"""The SQL behind gateway/ports/views: one class an area, each taking the store."""
