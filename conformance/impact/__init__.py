"""How wrong does a model's output become by a stage that fails? A layer of a use, with and without that stage."""
