"""From topics to facts and rollups: Faust agents, sources, simulation. Never imports the dashboard."""
