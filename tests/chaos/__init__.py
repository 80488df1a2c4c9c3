"""A bench that attacks the durable path: `python -m tests.chaos --help`."""
