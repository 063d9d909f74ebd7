"""What can be told from a text by itself: sentences, words, language, vectors, personal data."""
