"""The running service: the only place with clocks, sockets, tables and tasks."""
