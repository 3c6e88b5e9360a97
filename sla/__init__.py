"""What was promised, what happened, what counts, the figure. Pure: integers and Fractions, no clock, no I/O."""
