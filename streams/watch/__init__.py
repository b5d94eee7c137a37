"""The watch: one worker looks at the store every few seconds, and tells what changed about warnings and heat."""
