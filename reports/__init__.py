"""Values in, text out: pages, figures in words, charts. Pure functions; nothing here reads a clock or a socket."""
