"""Takes runs, keeps them, drives them, and hands them over."""
