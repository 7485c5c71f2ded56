"""Stand-ins for a codebook that is not public: small vector-quantised auto-encoders, trained on drawn shapes."""
