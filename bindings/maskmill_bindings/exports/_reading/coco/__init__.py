"""Read COCO: instances, results and panoptic pictures."""
