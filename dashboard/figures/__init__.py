"""Figures as pure functions: values in, plain JSON out; the browser draws what they say."""
