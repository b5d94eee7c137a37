"""The pages: the live ones by name, the indicator help, the API page and the page for problems."""
