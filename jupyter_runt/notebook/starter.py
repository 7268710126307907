"""The notebook that `jupyter runt new FILE` writes: short, commented, and it runs with nothing but ipykernel."""

from __future__ import annotations

STARTER = """\
# A notebook for jupyter-runt. Run it:        jupyter runt execute FILE
# with other values:                          jupyter runt execute FILE -p name World -p rows 5
# and keep the result:                        jupyter runt execute FILE -o result.ipynb

metadata:
  title: A first notebook
  description: Greets, makes a few rows and adds them up.
  runtime: python3
  # timeout: 10m            # for the whole run
  # cell_timeout: 60        # for each cell, in seconds
  # stop_on_error: false    # go on after a failing cell

# Parameters and their defaults. ${NAME} takes a value from the environment, ${NAME:-text} with a default.
parameters:
  name: reader
  rows: 3

# Optional: what values a parameter may have.
parameter_schema:
  rows: {type: integer, minimum: 1, description: How many rows to make}

cells:
  - id: about
    celltype: markdown
    source: |
      # A first notebook

      Markdown cells are shown, not run.

  - id: greet
    source: |
      print(f"Hello, {name}!")

  - id: rows
    timeout: 30
    source: |
      squares = [(number, number**2) for number in range(1, rows + 1)]
      for number, square in squares:
          print(f"{number:>3} {square:>5}")

  - id: total
    source: |
      sum(square for _, square in squares)
"""


def starter(suffix: str) -> str:
    """The starter notebook as the text of a file with that suffix; its comments are in the YAML one only."""
    from jupyter_runt.notebook import ipynb_writer, yaml_format

    if suffix.lower() in (".yml", ".yaml"):
        return STARTER
    return ipynb_writer.write(yaml_format.read(STARTER))
