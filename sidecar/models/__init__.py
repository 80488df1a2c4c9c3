"""Models by their names, and what is said to them: the only part that knows pydantic-ai."""
