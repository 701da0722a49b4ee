"""Text that people paste: which flow a line is about, which command was typed where, which output
this is."""
