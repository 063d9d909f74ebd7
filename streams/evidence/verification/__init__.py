"""What each sentence of a draft rests on, whoever wrote it; without a model, and deterministic."""
