"""Speed: what toolreg needs for each row of the table in DESIGN.md, beside the least that the same work can need."""
