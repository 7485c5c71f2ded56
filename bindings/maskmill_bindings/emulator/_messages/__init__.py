"""The messages of the emulated API: requests read, answers written, lists in pages."""
