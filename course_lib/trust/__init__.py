"""Trust: models that keep the laws of physics, and explanations of what a model has learned."""
