/// The program that libFuzzer drives; `testdata/scripts/fuzz` builds it and says by the environment what is attacked.

import FuzzTargets
import Glibc

/// `$AMILINT_FUZZ_TARGET` names a target, or is `disk`, or `list`, which prints their names. `$AMILINT_FUZZ_IMAGE` is a disk
/// image; into the directory `$AMILINT_FUZZ_SEEDS` a target's seeds are written, and no more is done.
func setting(_ name: String) -> String? { unsafe getenv(name).map { unsafe String(cString: $0) } }

/// What is attacked.
private let read: @Sendable ([UInt8]) throws -> Void = {
    let name = setting("AMILINT_FUZZ_TARGET") ?? "disk"
    if name == "disk" { return readDamagedDisk }
    if name == "list" {
        for target in FuzzTarget.all { print(target.name) }
        exit(0)
    }
    guard let target = FuzzTarget.named(name) else { fatalError("AMILINT_FUZZ_TARGET: \(name) is none") }
    guard let directory = setting("AMILINT_FUZZ_SEEDS") else { return target.read }
    do {
        for (index, seed) in try target.seeds().enumerated() {
            guard let file = unsafe fopen("\(directory)/seed-\(index)", "w") else {
                fatalError("\(directory): no file is made")
            }
            _ = unsafe fwrite(seed, 1, seed.count, file)
            unsafe fclose(file)
        }
    } catch {
        fatalError("\(name): its seeds: \(error)")
    }
    exit(0)
}()

/// Before libFuzzer looks at its own arguments.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(_ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutableRawPointer) -> CInt {
    _ = read
    return 0
}

/// One run.
@_cdecl("LLVMFuzzerTestOneInput")
public func readInput(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    do {
        try read(unsafe Array(UnsafeBufferPointer(start: data, count: count)))
    } catch {
        fatalError("\(error)")
    }
    return 0
}
