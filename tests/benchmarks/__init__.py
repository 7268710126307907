"""Ours against papermill and `jupyter execute`, on the work that the project set itself: `make bench`."""
