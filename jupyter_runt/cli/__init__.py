"""The command line: `jupyter runt COMMAND`. stdout carries cell output or data, stderr everything else."""
