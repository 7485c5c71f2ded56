"""A segmentation run: from images to replies, masks, a report and a preview in one folder."""
