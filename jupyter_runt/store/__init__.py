"""The log, the queue, the signals and the blobs: one Protocol (`base`), a store in memory and one in SQLite."""
