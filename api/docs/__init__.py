"""The generated reference: pages written from the vocabulary, the settings, the errors and the commands themselves."""
