"""Read the files of other tools: known layouts, one bad annotation at a time, drawn as each tool draws them."""
