/// What the processes of an audit ask of the system.

import CProcess
import Glibc

/// Makes the system end this process when the audit that started it ends, however that ends; ends it at once where that
/// has happened already.
public func endWithParent() {
    _ = amilint_end_with_parent()
    // The system does not look back: a parent that ended before that call shows only in that nobody reads the pipe.
    var output = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
    if unsafe poll(&output, 1, 0) > 0, output.revents & Int16(POLLERR) != 0 { raise(SIGKILL) }
}

/// How many processors this process may use: fewer than the machine has where a scheduler bound it to some.
public func usableProcessors() -> Int {
    max(1, Int(amilint_processors()))
}
