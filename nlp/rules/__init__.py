"""From the lexicon to a matcher: the shapes of rules, their phrases, one trie."""
