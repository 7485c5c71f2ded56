"""The images of a run: found in folders, and each as it is sent, small and upright."""
