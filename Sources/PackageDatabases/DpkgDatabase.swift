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
/// The same form holds for the files of `status.d` and of the journal `updates`. A record without a Status field is
/// `stateWithoutStatus`: dpkg takes it for not installed, the files of status.d, which dpkg does not write, have none.
/// Throws for what dpkg itself refuses: a line that is neither a field nor a continuation, a record without Package, an
/// installed one without Version, an unknown state, a missing newline at the end. (deb-control(5), dpkg 1.21
/// lib/dpkg/parse.c)
public func dpkgRecords(
    _ bytes: [UInt8], stateWithoutStatus: DpkgRecord.State = .notInstalled
) throws(FormatError) -> [DpkgRecord] {
    var records: [DpkgRecord] = []
    var stanza = DpkgStanza()
    var number = 0
    var start = 0
    while start < bytes.count {
        number += 1
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n"), from: start) else {
            throw FormatError(.truncated, "line \(number): a newline expected at its end, none found", at: start)
        }
        if bytes[start..<end].allSatisfy(isBlank) {
            if let record = try stanza.record(in: bytes, stateWithoutStatus) { records.append(record) }
            stanza = DpkgStanza()
        } else {
            try stanza.take(bytes.span, start..<end, line: number)
        }
        start = end + 1
    }
    if let record = try stanza.record(in: bytes, stateWithoutStatus) { records.append(record) }
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

/// Where the fields of one record stand that matter here, as far as they have been read.
private struct DpkgStanza {
    private var first: (line: Int, offset: Int)?
    private var nameLine = 0
    private var name: Range<Int>?
    private var status: Range<Int>?
    private var version: Range<Int>?
    private var architecture: Range<Int>?
    private var source: Range<Int>?

    /// Takes one line of the record, without its newline, not blank.
    mutating func take(_ bytes: Span<UInt8>, _ line: Range<Int>, line number: Int) throws(FormatError) {
        if isBlank(bytes[line.lowerBound]) {
            guard first != nil else {
                throw FormatError(
                    .malformed,
                    "line \(number): a field expected, a continuation line found",
                    at: line.lowerBound
                )
            }
            return
        }
        var colon = line.lowerBound
        while colon < line.upperBound, bytes[colon] != UInt8(ascii: ":"), bytes[colon] != 0, !isBlank(bytes[colon]) {
            colon += 1
        }
        guard colon > line.lowerBound, colon < line.upperBound, bytes[colon] == UInt8(ascii: ":") else {
            throw FormatError(
                .malformed,
                "line \(number): a field name and a colon expected, neither found",
                at: line.lowerBound
            )
        }
        if first == nil { first = (number, line.lowerBound) }
        let field = bytes.extracting(line.lowerBound..<colon)
        func value() -> Range<Int> { bytes.trimmed(colon + 1..<line.upperBound) }
        switch field[0] | 0x20 {
        case UInt8(ascii: "p") where field.isNamed("package"):
            name = value()
            nameLine = number
        case UInt8(ascii: "s") where field.isNamed("status"): status = value()
        case UInt8(ascii: "s") where field.isNamed("source"): source = value()
        case UInt8(ascii: "v") where field.isNamed("version"): version = value()
        case UInt8(ascii: "a") where field.isNamed("architecture"): architecture = value()
        default: break
        }
    }

    /// The record that the lines make; nil where there was none.
    func record(in bytes: [UInt8], _ stateWithoutStatus: DpkgRecord.State) throws(FormatError) -> DpkgRecord? {
        guard let first else { return nil }
        func text(_ place: Range<Int>) -> String { bytes.span.extracting(place).text }
        func malformed(_ reason: String) -> FormatError {
            FormatError(.malformed, "line \(first.line): " + reason, at: first.offset)
        }
        guard let name, !name.isEmpty else {
            throw malformed("a record with a Package field expected, none found")
        }
        var state = stateWithoutStatus
        if let status {
            guard let word = bytes.span.third(ofThreeWordsIn: status), let last = DpkgRecord.State(rawValue: text(word))
            else {
                throw malformed("Status: three words ending in a package state expected, `\(text(status))` found")
            }
            state = last
        }
        let version = version ?? 0..<0
        guard !state.isInstalled || !version.isEmpty else {
            throw malformed("package \(text(name)): a Version field expected, none found")
        }
        let package = Package(
            manager: .dpkg,
            name: text(name),
            fullVersion: text(version),
            architecture: architecture.map(text),
            source: source.map(text)
        )
        return DpkgRecord(package: package, state: state, line: nameLine)
    }
}

extension Span<UInt8> {
    /// A part without the blanks around it.
    fileprivate func trimmed(_ part: Range<Int>) -> Range<Int> {
        var (start, end) = (part.lowerBound, part.upperBound)
        while start < end, isBlank(self[start]) { start += 1 }
        while start < end, isBlank(self[end - 1]) { end -= 1 }
        return start..<end
    }

    /// The last of three words; nil where there are more or fewer.
    fileprivate func third(ofThreeWordsIn part: Range<Int>) -> Range<Int>? {
        var count = 0
        var word = part.lowerBound..<part.lowerBound
        var place = part.lowerBound
        while place < part.upperBound {
            let start = place
            while place < part.upperBound, !isBlank(self[place]) { place += 1 }
            if start < place {
                word = start..<place
                count += 1
            }
            place += 1
        }
        return count == 3 ? word : nil
    }

    /// Whether this is the field called `name`, which is written in lower case.
    fileprivate func isNamed(_ name: StaticString) -> Bool {
        guard count == name.utf8CodeUnitCount else { return false }
        return name.withUTF8Buffer { name in
            indices.allSatisfy { unsafe self[$0] | 0x20 == name[$0] }
        }
    }
}
