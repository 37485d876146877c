"""Demonstration data: registers loaded in bulk, then everything else through the real actions."""
