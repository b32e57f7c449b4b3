"""What is shown of a run: each event is made into what is told of it, once; bars, lines, logfmt and JSON are writers of
that."""
