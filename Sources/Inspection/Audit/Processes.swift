/// What the processes of an audit ask of the system, and which program they are.

import CProcess
import Glibc

/// Makes the system end this process when the process `parent`, which started it, ends, however that ends; ends it at
/// once where that has happened already.
public func endWithParent(_ parent: Int32) {
    _ = amilint_end_with_parent()
    // The system does not look back: what ended before that call shows only in that another process is the parent now.
    if getppid() != parent { raise(SIGKILL) }
}

/// Which build of this program runs, in hexadecimal: the same wherever it is copied to, another after every change. Nil
/// where it was linked without.
let buildID: String? = {
    var length: Int32 = 0
    guard let start = unsafe amilint_build_id(&length) else { return nil }
    let bytes = unsafe UnsafeBufferPointer(start: start, count: Int(length))
    return unsafe bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
}()

/// How many processors this process may use: fewer than the machine has where a scheduler bound it to some.
public func usableProcessors() -> Int {
    max(1, Int(amilint_processors()))
}
