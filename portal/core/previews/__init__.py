"""Previews: stored files as page images, made on the server by a job.

``kinds`` says which files can be shown and how; ``confined`` and ``rendering`` are programs of
their own that never see the portal (no settings, no database, no secrets); ``workshop`` starts
them with limits; ``making`` stores what they make, page by page; ``tasks`` is the job.
"""
