"""What every part agrees on: words, contracts, areas, windows, indicators and the store's tables. Imports nothing of ours."""
