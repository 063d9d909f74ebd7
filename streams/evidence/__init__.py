"""Chunks, scores and quotes of articles; whether a draft rests on its passages."""
