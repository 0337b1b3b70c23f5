"""Which relations hold between calls of one kernel? Properties, asked on generated examples, and what breaks them."""
