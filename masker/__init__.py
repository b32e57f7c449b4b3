"""Production data, masked on the way into a preview environment."""

__version__ = "0.1.0"
