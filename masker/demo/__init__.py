"""A production and a preview to try masker on: two throw-away servers and the application that fills them."""
