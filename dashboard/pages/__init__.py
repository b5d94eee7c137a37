"""The pages: the screen itself, the indicator help, the API page and the page for problems."""
