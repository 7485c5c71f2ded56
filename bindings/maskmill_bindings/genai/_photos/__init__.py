"""Images in folders, and each as it is sent: small, upright, sound."""
