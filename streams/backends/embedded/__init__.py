"""What runs in process and needs nothing: a classifier, a knowledge base, a writer."""
