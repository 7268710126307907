"""Following many at once: what happened is read and encoded once, and handed to everybody who can take it."""
