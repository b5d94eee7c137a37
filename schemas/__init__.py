"""What every part agrees on: contracts, areas, windows, indicators, tables. Imports nothing of ours."""
