"""The pictures in the README and the documents, made by the project's own code."""
