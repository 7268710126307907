"""The commands of `%runt` that give Python objects; all others are those of the command line."""
