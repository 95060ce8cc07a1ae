"""Settings, and dated facts as seed data that `palang init` loads into versioned tables."""
