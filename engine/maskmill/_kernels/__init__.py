"""The compute core: one folder a target, the same file names in each, the arithmetic of one mask in ``steps``."""
