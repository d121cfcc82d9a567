"""Tools for people who write rules: lint, schemes, examples."""
