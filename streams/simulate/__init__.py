"""Simulated feeds of a pack that has no recording: a year to the published figures, and live from then on."""

from streams.simulate.simulation import SIMULATED, Simulation

__all__ = ["SIMULATED", "Simulation"]
