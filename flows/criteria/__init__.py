"""The rule book as something to read and to check: what depends on it, how far it reaches."""
