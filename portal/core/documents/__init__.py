"""Engines for official documents (公文) and rosters: fonts, PDF of every layout, docx, xlsx.

No models and no HTTP here: what a document says is decided by the apps above, which build a
``typesetting.DocumentContent`` or an ``xlsx.Sheet`` and hand it in.
"""
