"""The panels of a screen: each module holds a fixed layout and the properties a view gives it."""
