/// Versions of packages: their parts, and which of two is newer by the manager that installed them.

import ByteParsing

/// How one version stands to another.
public enum VersionOrder: Sendable, Hashable {
    case older, same, newer
}

/// An epoch, an upstream version and a release.
public struct PackageVersion: Hashable, Sendable, CustomStringConvertible {
    /// Nil where none is written, which orders as 0.
    public let epoch: Int?
    /// The upstream version.
    public let version: String
    /// rpm's release or dpkg's revision; nil where none is written.
    public let release: String?

    /// A version by its parts.
    public init(epoch: Int? = nil, version: String, release: String? = nil) {
        self.epoch = epoch
        self.version = version
        self.release = release
    }

    /// Takes `[epoch:]version[-release]` apart: the epoch ends at the first colon, the release begins after the last
    /// dash. Both managers write versions so (deb-version(7), rpm-version(7)). What stands before a colon and is no
    /// number is part of the version.
    public init(_ text: String) {
        let bytes = text.utf8
        var rest = Substring(text)
        if let colon = bytes.firstIndex(of: UInt8(ascii: ":")), let epoch = Int(text[..<colon]), epoch >= 0 {
            self.epoch = epoch
            rest = text[bytes.index(after: colon)...]
        } else {
            epoch = nil
        }
        if let dash = rest.utf8.lastIndex(of: UInt8(ascii: "-")) {
            version = String(rest[..<dash])
            release = String(rest[rest.utf8.index(after: dash)...])
        } else {
            version = String(rest)
            release = nil
        }
    }

    /// `[epoch:]version[-release]`.
    public var description: String {
        var text = version
        if let release { text += "-" + release }
        if let epoch { text = "\(epoch):" + text }
        return text
    }

    /// How this version stands to `other` in the order of `manager`.
    ///
    /// Epoch, then version, then release; a missing epoch is 0. For rpm a version without a release is older than the
    /// same with one; for dpkg a missing revision is an empty one.
    public func order(against other: PackageVersion, by manager: PackageManager) -> VersionOrder {
        let mine = epoch ?? 0
        let others = other.epoch ?? 0
        if mine != others { return mine < others ? .older : .newer }
        switch manager {
        case .rpm:
            let order = rpmOrder(version, against: other.version)
            guard order == .same else { return order }
            switch (release, other.release) {
            case (nil, nil): return .same
            case (nil, _): return .older
            case (_, nil): return .newer
            case (let mine?, let others?): return rpmOrder(mine, against: others)
            }
        case .dpkg:
            let order = dpkgOrder(version, against: other.version)
            return order == .same ? dpkgOrder(release ?? "", against: other.release ?? "") : order
        }
    }
}

/// How two versions, or two releases, stand to each other by rpm's algorithm (rpm-version(7), rpm 4.18
/// rpmio/rpmvercmp.c).
///
/// Runs of digits compare as numbers, runs of letters by bytes, digits are newer than letters, everything else only
/// separates; `~` is older than the end, `^` newer than the end and older than anything else.
public func rpmOrder(_ a: String, against b: String) -> VersionOrder {
    var a = VersionBytes(a)
    var b = VersionBytes(b)
    while !a.isAtEnd || !b.isAtEnd {
        a.skip { !$0.isASCIIAlphanumeric && $0 != .tilde && $0 != .caret }
        b.skip { !$0.isASCIIAlphanumeric && $0 != .tilde && $0 != .caret }
        if a.first == .tilde || b.first == .tilde {
            guard a.first == .tilde else { return .newer }
            guard b.first == .tilde else { return .older }
            a.skip(1)
            b.skip(1)
            continue
        }
        if a.first == .caret || b.first == .caret {
            if a.isAtEnd { return .older }
            if b.isAtEnd { return .newer }
            guard a.first == .caret else { return .newer }
            guard b.first == .caret else { return .older }
            a.skip(1)
            b.skip(1)
            continue
        }
        guard let first = a.first, b.first != nil else { break }
        if first.isASCIIDigit {
            let left = a.take(while: \.isASCIIDigit)
            let right = b.take(while: \.isASCIIDigit)
            // A number against letters: the number is newer.
            if right.isEmpty { return .newer }
            let order = numericOrder(left, against: right)
            if order != .same { return order }
        } else {
            let left = a.take(while: \.isASCIILetter)
            let right = b.take(while: \.isASCIILetter)
            if right.isEmpty { return .older }
            if !left.elementsEqual(right) { return left.lexicographicallyPrecedes(right) ? .older : .newer }
        }
    }
    if a.isAtEnd { return b.isAtEnd ? .same : .older }
    return .newer
}

/// How two upstream versions, or two revisions, stand to each other by dpkg's algorithm (deb-version(7), dpkg 1.21
/// lib/dpkg/version.c).
///
/// What is no digit compares first, `~` before the end, the end before letters, letters before everything else; then
/// the digits compare as a number; and so on in turn.
public func dpkgOrder(_ a: String, against b: String) -> VersionOrder {
    func weight(_ byte: UInt8?) -> Int {
        guard let byte, !byte.isASCIIDigit else { return 0 }
        if byte == .tilde { return -1 }
        return byte.isASCIILetter ? Int(byte) : Int(byte) + 256
    }
    var a = VersionBytes(a)
    var b = VersionBytes(b)
    while !a.isAtEnd || !b.isAtEnd {
        while a.first.map({ !$0.isASCIIDigit }) ?? false || b.first.map({ !$0.isASCIIDigit }) ?? false {
            let left = weight(a.first)
            let right = weight(b.first)
            if left != right { return left < right ? .older : .newer }
            a.skip(1)
            b.skip(1)
        }
        let order = numericOrder(a.take(while: \.isASCIIDigit), against: b.take(while: \.isASCIIDigit))
        if order != .same { return order }
    }
    return .same
}

/// Two runs of digits as numbers of any length; an empty run is 0.
private func numericOrder(_ a: ArraySlice<UInt8>, against b: ArraySlice<UInt8>) -> VersionOrder {
    let left = a.drop { $0 == UInt8(ascii: "0") }
    let right = b.drop { $0 == UInt8(ascii: "0") }
    if left.count != right.count { return left.count < right.count ? .older : .newer }
    if left.elementsEqual(right) { return .same }
    return left.lexicographicallyPrecedes(right) ? .older : .newer
}

/// A version read from the left.
private struct VersionBytes {
    private var rest: ArraySlice<UInt8>

    init(_ text: String) { rest = Array(text.utf8)[...] }

    var first: UInt8? { rest.first }
    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ count: Int) { rest = rest.dropFirst(count) }
    mutating func skip(while condition: (UInt8) -> Bool) { rest = rest.drop(while: condition) }
    mutating func take(while condition: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let taken = rest.prefix(while: condition)
        rest = rest[taken.endIndex...]
        return taken
    }
}

extension UInt8 {
    fileprivate static let tilde = UInt8(ascii: "~")
    fileprivate static let caret = UInt8(ascii: "^")
}
