"""Cases, chains, opinions, scores, meetings, public notices and issuing."""
