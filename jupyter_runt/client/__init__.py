"""What every face calls: submit, read, follow, signal, reply, export. Faces touch no table and no kernel."""
