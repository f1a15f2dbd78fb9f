/// What the processes of an audit ask of the system.

import CProcess

/// Makes the system end this process when the audit that started it ends, however that ends.
public func endWithParent() {
    _ = amilint_end_with_parent()
}

/// How many processors this process may use: fewer than the machine has where a scheduler bound it to some.
public func usableProcessors() -> Int {
    max(1, Int(amilint_processors()))
}
