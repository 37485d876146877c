"""Plain papers: 回执、评定说明、会议材料、推荐汇总表、证书. What they say; the engine sets them.

A paper is made when it is asked for, from what the reader sees then; it takes no number and is kept
with the job that made it.
"""

from reviews.papers.table import PAPERS, Paper, paper_of

__all__ = ["PAPERS", "Paper", "paper_of"]
