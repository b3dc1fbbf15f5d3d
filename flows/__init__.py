"""soc-recode: the coding engine, the runs around it and the command line."""
