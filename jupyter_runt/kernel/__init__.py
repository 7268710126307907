"""Kernels: how they are found and started, what is asked of them, and what comes back."""
