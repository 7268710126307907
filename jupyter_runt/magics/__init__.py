"""`%runt`: the command line inside IPython, with runs as Python objects and as pictures that stay up to date."""
