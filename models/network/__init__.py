"""What a network is and how it runs: manifest, registry, inference, tokens, pixels. Needs no torch."""
