/// What the processes of an audit ask of the system.

import CProcess
import Glibc

/// Makes the system end this process when the process `parent`, which started it, ends, however that ends; ends it at
/// once where that has happened already.
public func endWithParent(_ parent: Int32) {
    _ = amilint_end_with_parent()
    // The system does not look back: what ended before that call shows only in that another process is the parent now.
    if getppid() != parent { raise(SIGKILL) }
}

/// How many processors this process may use: fewer than the machine has where a scheduler bound it to some.
public func usableProcessors() -> Int {
    max(1, Int(amilint_processors()))
}
