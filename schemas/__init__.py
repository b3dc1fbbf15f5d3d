"""The shapes of tables that cross a boundary, and the errors for what does not fit them."""
