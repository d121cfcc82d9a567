"""Views that give every data set's reports and images one shape."""

VIEWS: dict[str, str] = {}
