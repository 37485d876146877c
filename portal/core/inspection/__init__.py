"""What is inside an uploaded file. Pure: no Django, no settings, no network, nothing written.

Run as a short-lived process of its own (``child.py``) under limits of time and memory, so that a
hostile file can hurt nothing but that process. ``portal.core.uploads.checking`` starts it.
"""
