"""What happened (the fold), what happens next (`decide`) and what user code printed (`OutputStage`). Pure: no I/O, no clock."""
