"""Pages for people: a run and the list of runs in any browser, with the outputs of user code in sandboxes of their own."""
