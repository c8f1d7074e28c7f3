"""Pictures for the README and the documents, made by the project's own code."""
