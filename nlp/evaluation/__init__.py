"""Labelers compared: with gold, with each other, label by label and mention by mention."""
