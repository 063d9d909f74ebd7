"""What callers meet: connections, keys, CORS, answers, the API's description and its page."""
