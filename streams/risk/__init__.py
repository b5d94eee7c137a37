"""Statistical warnings over area counts: pure numpy and scipy over arrays, without store, clock or broker."""
