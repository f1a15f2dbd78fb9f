#ifndef AMILINT_CSQLITE_SHIM_H
#define AMILINT_CSQLITE_SHIM_H

#include <sqlite3.h>

/* sqlite3_db_config takes variable arguments, which Swift cannot pass. */
static inline int sqlite3_db_config_switch(sqlite3 *database, int option, int on) {
    return sqlite3_db_config(database, option, on, (int *)0);
}

/* Swift does not see what is composed of other constants. */
static const int sqlite3_short_read = SQLITE_IOERR_SHORT_READ;

/* sqlite3_snprintf takes variable arguments too. */
static inline void sqlite3_snprintf_text(int capacity, char *buffer, const char *text) {
    sqlite3_snprintf(capacity, buffer, "%s", text);
}

#endif
