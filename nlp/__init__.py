"""Labeling of chest-radiograph reports: findings, their assertion and the evidence, from rules kept as data."""
