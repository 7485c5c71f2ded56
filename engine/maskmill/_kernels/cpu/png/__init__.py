"""PNG masks: inflate, row filters, and the bits of the columns of a binary map."""
