"""The authored corpus: the cards it is written from, its statistics, its exchange formats."""
