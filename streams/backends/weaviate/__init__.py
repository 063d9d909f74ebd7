"""Weaviate, the knowledge base that workers share."""
