/// The file system in which SQLite finds a database that lies in memory, so that it is neither copied nor written.

import CSQLite

/// A file system of SQLite's (sqlite.org/vfs.html) with a single file that can only be read.
///
/// There are no journals, no temporary files, no clock and no randomness in it: whatever else SQLite or a hostile
/// schema asks for is refused. It must outlive the connections opened in it.
@safe final class SQLiteFileSystem {
    /// The name under which it is registered, unique in this process.
    let name: String
    fileprivate let file: SQLiteFile
    fileprivate let methods: UnsafeMutablePointer<sqlite3_io_methods>
    private let registered: UnsafeMutablePointer<sqlite3_vfs>
    private let storedName: UnsafeMutablePointer<CChar>

    /// Registers a file system that holds `file`; nil where SQLite has no memory for it.
    init?(_ file: SQLiteFile) {
        self.file = file
        unsafe methods = UnsafeMutablePointer.allocate(capacity: 1)
        unsafe methods.initialize(to: readOnlyMethods())
        unsafe registered = UnsafeMutablePointer.allocate(capacity: 1)
        unsafe name = "amilint-\(UInt(bitPattern: registered))"
        let characters = name.utf8CString
        unsafe storedName = UnsafeMutablePointer.allocate(capacity: characters.count)
        for (index, character) in characters.enumerated() { unsafe storedName[index] = character }
        unsafe registered.initialize(to: singleFile())
        unsafe registered.pointee.zName = UnsafePointer(storedName)
        unsafe registered.pointee.pAppData = Unmanaged.passUnretained(self).toOpaque()
        guard unsafe sqlite3_vfs_register(registered, 0) == SQLITE_OK else { return nil }
    }

    deinit {
        unsafe sqlite3_vfs_unregister(registered)
        unsafe registered.deallocate()
        unsafe methods.deallocate()
        unsafe storedName.deallocate()
    }
}

/// What SQLite keeps of an open file: its own part first, then which file system it is in.
@unsafe private struct OpenFile {
    var base: sqlite3_file
    var fileSystem: Unmanaged<SQLiteFileSystem>
}

/// The file system's own functions.
private func singleFile() -> sqlite3_vfs {
    var functions = unsafe sqlite3_vfs()
    unsafe functions.iVersion = 1
    unsafe functions.szOsFile = Int32(MemoryLayout<OpenFile>.size)
    unsafe functions.mxPathname = 64
    unsafe functions.xOpen = { fileSystem, _, file, flags, given in
        guard let file = unsafe file else { return SQLITE_CANTOPEN }
        unsafe file.pointee.pMethods = nil
        guard flags & SQLITE_OPEN_MAIN_DB != 0, let owner = unsafe fileSystem?.pointee.pAppData else {
            return SQLITE_CANTOPEN
        }
        let reference = unsafe Unmanaged<SQLiteFileSystem>.fromOpaque(owner)
        let methods = unsafe UnsafePointer(reference.takeUnretainedValue().methods)
        let open = unsafe UnsafeMutableRawPointer(file).assumingMemoryBound(to: OpenFile.self)
        unsafe open.initialize(to: OpenFile(base: sqlite3_file(pMethods: methods), fileSystem: reference))
        unsafe given?.pointee = SQLITE_OPEN_READONLY
        return SQLITE_OK
    }
    unsafe functions.xDelete = { _, _, _ in SQLITE_READONLY }
    unsafe functions.xAccess = { _, _, _, answer in
        unsafe answer?.pointee = 0
        return SQLITE_OK
    }
    unsafe functions.xFullPathname = { _, name, capacity, path in
        guard let name = unsafe name, let path = unsafe path else { return SQLITE_CANTOPEN }
        unsafe sqlite3_snprintf_text(capacity, path, name)
        return SQLITE_OK
    }
    unsafe functions.xRandomness = { _, count, bytes in
        for index in 0..<Int(count) { unsafe bytes?[index] = 0 }
        return count
    }
    unsafe functions.xSleep = { _, _ in 0 }
    unsafe functions.xCurrentTime = { _, time in
        unsafe time?.pointee = 0
        return SQLITE_OK
    }
    unsafe functions.xGetLastError = { _, _, _ in 0 }
    return unsafe functions
}

/// The functions of its one file.
private func readOnlyMethods() -> sqlite3_io_methods {
    var methods = sqlite3_io_methods()
    methods.iVersion = 1
    unsafe methods.xClose = { _ in SQLITE_OK }
    unsafe methods.xRead = { file, buffer, count, offset in
        guard let opened = unsafe file, let buffer = unsafe buffer, count >= 0, offset >= 0 else {
            return SQLITE_IOERR
        }
        let open = unsafe UnsafeMutableRawPointer(opened).assumingMemoryBound(to: OpenFile.self)
        let destination = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: Int(count))
        let file = unsafe open.pointee.fileSystem.takeUnretainedValue().file
        let read = unsafe file.read(at: Int(offset), into: destination)
        guard read < Int(count) else { return SQLITE_OK }
        // SQLite expects the rest to be zeros.
        unsafe UnsafeMutableRawBufferPointer(rebasing: destination[read...]).initializeMemory(
            as: UInt8.self, repeating: 0)
        return sqlite3_short_read
    }
    unsafe methods.xWrite = { _, _, _, _ in SQLITE_READONLY }
    unsafe methods.xTruncate = { _, _ in SQLITE_READONLY }
    unsafe methods.xSync = { _, _ in SQLITE_OK }
    unsafe methods.xFileSize = { file, size in
        guard let file = unsafe file else { return SQLITE_IOERR }
        let open = unsafe UnsafeMutableRawPointer(file).assumingMemoryBound(to: OpenFile.self)
        unsafe size?.pointee = Int64(open.pointee.fileSystem.takeUnretainedValue().file.count)
        return SQLITE_OK
    }
    unsafe methods.xLock = { _, _ in SQLITE_OK }
    unsafe methods.xUnlock = { _, _ in SQLITE_OK }
    unsafe methods.xCheckReservedLock = { _, answer in
        unsafe answer?.pointee = 0
        return SQLITE_OK
    }
    unsafe methods.xFileControl = { _, _, _ in SQLITE_NOTFOUND }
    unsafe methods.xSectorSize = { _ in 4096 }
    unsafe methods.xDeviceCharacteristics = { _ in SQLITE_IOCAP_IMMUTABLE }
    return methods
}
