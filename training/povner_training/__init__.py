"""How povner's models are made: annotations, encoder, recipes, fitting, scores."""
