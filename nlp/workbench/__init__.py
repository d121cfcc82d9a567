"""Tools for who writes rules: lint, schemes, examples."""
