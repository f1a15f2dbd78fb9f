/// dpkg's database: the text file in which it records what is installed.

public import ByteParsing

/// What dpkg records of one package, installed or not.
public struct DpkgRecord: Hashable, Sendable {
    /// The third word of the Status field (dpkg(1), "package states").
    public enum State: String, Sendable, Hashable {
        case notInstalled = "not-installed"
        case configFiles = "config-files"
        case halfInstalled = "half-installed"
        case unpacked
        case halfConfigured = "half-configured"
        case triggersAwaited = "triggers-awaited"
        case triggersPending = "triggers-pending"
        case installed

        /// Whether the package is there and was configured; a pending trigger of another package does not undo that.
        public var isInstalled: Bool {
            switch self {
            case .installed, .triggersAwaited, .triggersPending: true
            case .notInstalled, .configFiles, .halfInstalled, .unpacked, .halfConfigured: false
            }
        }
    }

    /// The package, with an empty version where none is recorded.
    public let package: Package
    /// How far its installation went.
    public let state: State
    /// Where its Package field stands, 1-based.
    public let line: Int
}

/// The records of a dpkg status file, in its order, whatever their state.
///
/// The same form holds for the files of `status.d` and of the journal `updates`. A record without a Status field
/// counts as installed, as in status.d. Throws for what dpkg itself refuses: a line that is neither a field nor a
/// continuation, a record without Package, an installed one without Version, an unknown state, a missing newline at
/// the end. (deb-control(5), dpkg 1.21 lib/dpkg/parse.c)
public func dpkgRecords(_ bytes: [UInt8]) throws(FormatError) -> [DpkgRecord] {
    var records: [DpkgRecord] = []
    var stanza = DpkgStanza()
    var number = 0
    var start = 0
    while start < bytes.count {
        number += 1
        guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else {
            throw FormatError(.truncated, "line \(number): a newline expected at its end, none found", at: start)
        }
        let line = bytes[start..<end]
        if line.allSatisfy(\.isBlank) {
            if let record = try stanza.record() { records.append(record) }
            stanza = DpkgStanza()
        } else {
            try stanza.take(line, line: number)
        }
        start = end + 1
    }
    if let record = try stanza.record() { records.append(record) }
    return records
}

/// The records of a dpkg status file with those of its journal in their places.
///
/// `updates` are the files of `/var/lib/dpkg/updates`, sorted by name: what dpkg had not yet written into the status
/// file when it was stopped. The last word on a package counts. Throws as `dpkgRecords(_:)` does.
public func dpkgRecords(_ status: [UInt8], updates: [[UInt8]]) throws(FormatError) -> [DpkgRecord] {
    struct Key: Hashable {
        let name: String
        let architecture: String?

        init(_ record: DpkgRecord) {
            name = record.package.name
            architecture = record.package.architecture
        }
    }
    var records = try dpkgRecords(status)
    guard !updates.isEmpty else { return records }
    var places: [Key: Int] = [:]
    for (index, record) in records.enumerated() { places[Key(record)] = index }
    for update in updates {
        for record in try dpkgRecords(update) {
            if let index = places[Key(record)] {
                records[index] = record
            } else {
                places[Key(record)] = records.count
                records.append(record)
            }
        }
    }
    return records
}

/// The fields of one record that matter here, as far as they have been read.
private struct DpkgStanza {
    private var first: (line: Int, offset: Int)?
    private var nameLine = 0
    private var name: ArraySlice<UInt8>?
    private var status: ArraySlice<UInt8>?
    private var version: ArraySlice<UInt8>?
    private var architecture: ArraySlice<UInt8>?
    private var source: ArraySlice<UInt8>?

    /// Takes one line of the record, without its newline, not blank.
    mutating func take(_ line: ArraySlice<UInt8>, line number: Int) throws(FormatError) {
        if line[line.startIndex].isBlank {
            guard first != nil else {
                throw FormatError(
                    .malformed,
                    "line \(number): a field expected, a continuation line found",
                    at: line.startIndex
                )
            }
            return
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
            !line[..<colon].contains(where: { $0.isBlank || $0 == 0 })
        else {
            throw FormatError(
                .malformed,
                "line \(number): a field name and a colon expected, neither found",
                at: line.startIndex
            )
        }
        if first == nil { first = (number, line.startIndex) }
        let value = line[(colon + 1)...].trimmed
        switch line[line.startIndex] | 0x20 {
        case UInt8(ascii: "p") where line[..<colon].isNamed("package"):
            name = value
            nameLine = number
        case UInt8(ascii: "s") where line[..<colon].isNamed("status"): status = value
        case UInt8(ascii: "s") where line[..<colon].isNamed("source"): source = value
        case UInt8(ascii: "v") where line[..<colon].isNamed("version"): version = value
        case UInt8(ascii: "a") where line[..<colon].isNamed("architecture"): architecture = value
        default: break
        }
    }

    /// The record that the lines make; nil where there was none.
    func record() throws(FormatError) -> DpkgRecord? {
        guard let first else { return nil }
        func malformed(_ reason: String) -> FormatError {
            FormatError(.malformed, "line \(first.line): " + reason, at: first.offset)
        }
        guard let name, !name.isEmpty else {
            throw malformed("a record with a Package field expected, none found")
        }
        let state = try state(or: malformed)
        guard !state.isInstalled || !(version ?? []).isEmpty else {
            throw malformed("package \(name.text): a Version field expected, none found")
        }
        let package = Package(
            manager: .dpkg,
            name: name.text,
            fullVersion: (version ?? []).text,
            architecture: architecture?.text,
            source: source?.text
        )
        return DpkgRecord(package: package, state: state, line: nameLine)
    }

    private func state(or malformed: (String) -> FormatError) throws(FormatError) -> DpkgRecord.State {
        guard let status else { return .installed }
        let words = status.split(whereSeparator: \.isBlank)
        guard words.count == 3, let state = DpkgRecord.State(rawValue: words[2].text) else {
            throw malformed("Status: three words ending in a package state expected, `\(status.text)` found")
        }
        return state
    }
}

extension UInt8 {
    fileprivate var isBlank: Bool {
        self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") || self == UInt8(ascii: "\r")
    }
}

extension ArraySlice<UInt8> {
    fileprivate var text: String { String(decoding: self, as: UTF8.self) }

    fileprivate var trimmed: ArraySlice<UInt8> {
        var slice = drop(while: \.isBlank)
        while let last = slice.last, last.isBlank { slice.removeLast() }
        return slice
    }

    /// Whether this is the field called `name`, which is written in lower case.
    fileprivate func isNamed(_ name: String) -> Bool {
        elementsEqual(name.utf8) { $0 | 0x20 == $1 }
    }
}
