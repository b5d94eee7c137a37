"""Faults: real workers, brokers and stores that are killed, paused, cut off and filled up; the figures stay exact."""
