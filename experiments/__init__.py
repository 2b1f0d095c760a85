"""The study of our own: corpora, models, training runs and the tables they leave."""
