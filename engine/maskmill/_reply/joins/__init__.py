"""Join what a reply holds apart: lists beside each other, names of numbers, fields of one item in several objects."""
