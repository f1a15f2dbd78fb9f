// Nothing is called of this target: what it does is done before the first line of the program (start.c).
