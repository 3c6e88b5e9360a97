"""What people decide: exclusions and who may decide them, the case that figures are computed from, and who did what."""
