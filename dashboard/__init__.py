"""From the store to the screens: queries, hub, pages and API. Never imports the streams."""
