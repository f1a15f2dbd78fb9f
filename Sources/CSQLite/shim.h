#ifndef AMILINT_CSQLITE_SHIM_H
#define AMILINT_CSQLITE_SHIM_H

#include <sqlite3.h>

/* sqlite3_db_config takes variable arguments, which Swift cannot pass. */
static inline int sqlite3_db_config_switch(sqlite3 *database, int option, int on) {
    return sqlite3_db_config(database, option, on, (int *)0);
}

#endif
