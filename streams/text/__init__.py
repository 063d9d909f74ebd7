"""
What can be told from a text by itself: sentences, codes, numbers, words, personal data, secrets and
the placeholders for them.
"""
