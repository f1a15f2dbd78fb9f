// What is done before the first line of the program, and what it leaves.
#pragma once

/// The argument with this number, the program's own name being that with 0; null behind the last. It stays where it is.
const char *amilint_argument(int index);
