"""Workers drive runs: they claim them from the queue, decide, and carry the decisions out."""
