"""The reference: editions of the coding index and the written rules that are applied to it."""
