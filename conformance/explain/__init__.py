"""Where does a case go wrong? One case, asked again, with every stage's values beside the reference's."""
