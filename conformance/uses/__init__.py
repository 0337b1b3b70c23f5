"""Would a served model meet a failure, and what does it give to these kernels? Uses, as data with sources."""
