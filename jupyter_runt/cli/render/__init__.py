"""How a run is shown while it runs, and how lists and reports are written.

base        what a renderer is, and which one fits the two streams
narrator    events → pieces to say; pure
plain       pieces as plain lines;  github  with groups and annotations for GitHub's runner
terminal    pieces scroll above a live region:  region  what it says (pure),  screen  how it stays at the bottom
"""
