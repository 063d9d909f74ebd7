"""Articles from files and from kb-articles into the knowledge base."""
