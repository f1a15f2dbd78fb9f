/// The three answers an image can give: present, absent, unreadable, each with its evidence.

public import ByteParsing

/// A place in the image and what stood there.
public struct Evidence: Hashable, Sendable, Codable {
    /// Where it was looked for, as the image's own programs would.
    public let path: ImagePath
    /// Where that leads once links are followed; nil where it is the same.
    public let realPath: ImagePath?
    /// 1-based; nil where the place is the whole file.
    public let line: Int?
    /// What stood there, short, with credentials left out.
    public let text: String

    /// Evidence at `path`; a `realPath` equal to it is dropped.
    public init(_ path: ImagePath, realPath: ImagePath? = nil, line: Int? = nil, _ text: String = "") {
        self.path = path
        self.realPath = realPath == path ? nil : realPath
        self.line = line
        self.text = text
    }
}

extension Evidence {
    /// `/etc/ecs/ecs.config:3`.
    package var shortPlace: String { path.text + (line.map { ":\($0)" } ?? "") }

    /// The same, and where links led: `/etc/os-release:1 (/usr/lib/os-release)`.
    package var place: String { shortPlace + (realPath.map { " (\($0))" } ?? "") }
}

/// Why something that is there could not be read. An answer of the image, not an error of the program.
public struct Problem: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The kinds of trouble, stable names in reports.
    public enum Code: String, Sendable, Codable {
        /// A symbolic link whose target is not in the image.
        case danglingLink
        /// More symbolic links than a kernel would follow.
        case linkLoop
        /// Larger than what may be read of it.
        case tooLarge
        /// This machine's system refuses to read it.
        case permissionDenied
        /// A directory, device, FIFO or socket where a regular file was expected.
        case notRegularFile
        /// Reading it gave an input/output error.
        case inputOutput
        /// It lies behind a link that was learned of too late, and the source cannot be read a second time.
        case notReadAgain
        /// Nothing asked for it before the image was read.
        case notRequested
        /// Its bytes are not what its format demands.
        case malformed
        /// Its format is known and not read by this version.
        case unsupported
        /// Several answers are there, and nothing in the image decides between them.
        case undecided
        /// It belongs to a part of the system that the image was made without.
        case notExported
        /// What boots by itself is no Linux.
        case noLinux
    }

    /// Which kind of trouble.
    public let code: Code
    /// What could not be read.
    public let path: ImagePath
    /// What was expected and what was found, lower case, without the place.
    public let reason: String
    /// In bytes from the start of the file; nil where no single place is at fault.
    public let offset: Int?

    /// A problem with what stands at `path`.
    public init(_ code: Code, at path: ImagePath, offset: Int? = nil, _ reason: String) {
        self.code = code
        self.path = path
        self.offset = offset
        self.reason = reason
    }

    /// Whether a link is at fault, not what it leads to.
    package var isOfLink: Bool { code == .danglingLink || code == .linkLoop }

    /// The problem of a file whose bytes are not what its format demands.
    public init(_ error: FormatError, at path: ImagePath) {
        self.init(Code(error), at: path, offset: error.offset, error.reason)
    }

    /// `/var/lib/rpm/Packages: offset 49152: type 13 expected, 7 found`.
    public var description: String {
        let place = offset.map { "\(path): offset \($0): " } ?? "\(path): "
        return place + reason
    }
}

extension Problem.Code {
    /// The code of a file that could not be read for `error`.
    init(_ error: FormatError) {
        self =
            switch error.code {
            case .truncated, .malformed, .limitExceeded, .checksumMismatch: .malformed
            case .unsupported: .unsupported
            case .inputOutput, .changed: .inputOutput
            case .permissionDenied: .permissionDenied
            }
    }
}

/// What the image shows about one question. Absent and unreadable are different answers, and neither is an error.
public enum Observation<Value: Sendable>: Sendable {
    /// It is there, and this is where it was found.
    case present(Value, [Evidence])
    /// It is not there; these are the places looked at.
    case absent(searched: [ImagePath])
    /// It is there and cannot be read, or whether it is there cannot be told.
    case unreadable([Evidence], Problem)
}

extension Observation: Equatable where Value: Equatable {}

extension Observation: Hashable where Value: Hashable {}

extension Observation {
    /// The value, where it is present.
    public var value: Value? {
        if case .present(let value, _) = self { value } else { nil }
    }

    /// The evidence for a present or an unreadable answer; none for an absent one.
    public var evidence: [Evidence] {
        switch self {
        case .present(_, let evidence), .unreadable(let evidence, _): evidence
        case .absent: []
        }
    }

    /// The problem of an unreadable answer.
    public var problem: Problem? {
        if case .unreadable(_, let problem) = self { problem } else { nil }
    }

    /// Where the first evidence stood, links followed; nil where that is the same as its path.
    package var realPath: ImagePath? { evidence.first?.realPath }

    /// Whether the answer is that it is not there.
    public var isAbsent: Bool {
        if case .absent = self { true } else { false }
    }

    /// The same answer about a value made from this one's.
    public func map<T>(_ transform: (Value) -> T) -> Observation<T> {
        flatMap { value, evidence in .present(transform(value), evidence) }
    }

    /// The answer that follows from a present value; absent and unreadable stay what they are.
    public func flatMap<T>(_ transform: (Value, [Evidence]) -> Observation<T>) -> Observation<T> {
        switch self {
        case .present(let value, let evidence): transform(value, evidence)
        case .absent(let searched): .absent(searched: searched)
        case .unreadable(let evidence, let problem): .unreadable(evidence, problem)
        }
    }

    /// This answer, or `next` where this one is absent; places searched add up.
    public func orElse(_ next: @autoclosure () -> Observation) -> Observation {
        guard case .absent(let searched) = self else { return self }
        let other = next()
        if case .absent(let more) = other { return .absent(searched: searched + more) }
        return other
    }
}

extension Observation where Value == File {
    /// What a format's reader makes of a present file; its `FormatError` makes the answer unreadable.
    public func parsed<T>(_ parse: (File) throws(FormatError) -> T) -> Observation<T> {
        flatMap { file, evidence in
            do throws(FormatError) {
                return .present(try parse(file), evidence)
            } catch {
                return .unreadable(evidence, Problem(error, at: file.realPath))
            }
        }
    }
}

extension Observation: Codable where Value: Codable {
    private enum Key: String, CodingKey { case state, value, evidence, searched, problem }
    private enum State: String, Codable { case present, absent, unreadable }

    /// From what `encode` wrote.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch try container.decode(State.self, forKey: .state) {
        case .present:
            self = .present(
                try container.decode(Value.self, forKey: .value),
                try container.decode([Evidence].self, forKey: .evidence)
            )
        case .absent:
            self = .absent(searched: try container.decode([ImagePath].self, forKey: .searched))
        case .unreadable:
            self = .unreadable(
                try container.decode([Evidence].self, forKey: .evidence),
                try container.decode(Problem.self, forKey: .problem)
            )
        }
    }

    /// As an object with `state` and what belongs to it.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .present(let value, let evidence):
            try container.encode(State.present, forKey: .state)
            try container.encode(value, forKey: .value)
            try container.encode(evidence, forKey: .evidence)
        case .absent(let searched):
            try container.encode(State.absent, forKey: .state)
            try container.encode(searched, forKey: .searched)
        case .unreadable(let evidence, let problem):
            try container.encode(State.unreadable, forKey: .state)
            try container.encode(evidence, forKey: .evidence)
            try container.encode(problem, forKey: .problem)
        }
    }
}
