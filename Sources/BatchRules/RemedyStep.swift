/// How to mend one image, step by step: what a program can carry out is there as data, what it cannot as a sentence.

public import ImageReading

/// One step of a remedy.
///
/// Rules make them by `sentence`, `command` and `edit`, which leave out what may be a credential of the image. Steps
/// follow each other; one that begins with "or" is another way to do what the steps before it do.
public struct RemedyStep: Hashable, Sendable {
    /// What a program can do.
    public enum Action: Hashable, Sendable {
        /// A command to be run in the image, or on a host that was started from it: its arguments, the program first.
        case command([String])
        /// An edit of a file of the image.
        case edit(FileEdit)

        /// Every text in it.
        public var texts: [String] {
            switch self {
            case .command(let arguments): arguments
            case .edit(let edit): [edit.path.text] + edit.change.texts.map(\.text)
            }
        }
    }

    /// The step as a reader is told; lower case, no final full stop.
    public let text: String
    /// The step as a program carries it out; nil for what is a sentence alone.
    public let action: Action?

    /// A step whose texts are already as they may be shown.
    public init(text: String, action: Action? = nil) {
        self.text = text
        self.action = action
    }
}

/// A change of one file of the image.
public struct FileEdit: Hashable, Sendable, Codable {
    /// What becomes of a file.
    public enum Change: Hashable, Sendable, Codable {
        /// A line is added behind the last one; the file begins with it where there was none.
        case addLine(text: RemedyText)
        /// A line, 1-based, is replaced.
        case setLine(number: Int, text: RemedyText)
        /// A line, 1-based, is removed.
        case removeLine(number: Int)
        /// The member with these names, outermost first, is removed from the file's JSON object.
        case removeMember(names: [RemedyText])
        /// The whole file is removed.
        case removeFile
    }

    /// The file.
    public let path: ImagePath
    /// What becomes of it.
    public let change: Change

    /// An edit of the file at `path`.
    public init(_ path: ImagePath, _ change: Change) {
        self.path = path
        self.change = change
    }
}

extension RemedyStep {
    /// A step that no program carries out.
    static func sentence(_ words: RemedyText) -> RemedyStep {
        RemedyStep(text: words.text)
    }

    /// A command as its arguments, in backquotes for a reader. One of which something has to be left out is no command
    /// any more.
    static func command(_ arguments: RemedyText...) -> RemedyStep { command(arguments) }

    /// The same of a list.
    static func command(_ arguments: [RemedyText]) -> RemedyStep {
        let line = arguments.map { shellQuoted($0.text) }.joined(separator: " ")
        return RemedyStep(
            text: "`\(line)`", action: arguments.allSatisfy(\.isWhole) ? .command(arguments.map(\.text)) : nil)
    }

    /// An edit of a file; `words` say it where the finding has already named the file. One of which something has to be
    /// left out is no edit any more.
    static func edit(_ path: ImagePath, _ change: FileEdit.Change, saying words: RemedyText? = nil) -> RemedyStep {
        let place: RemedyText = "\(path)"
        let whole: RemedyText =
            switch change {
            case .addLine(let line): "add \(line) to \(place)"
            case .setLine(let number, let line): "in line \(number) of \(place) write \(line)"
            case .removeLine(let number): "remove line \(number) of \(place)"
            case .removeMember(let names): "remove \"\(names.last ?? "")\" from \(place)"
            case .removeFile: "remove \(place)"
            }
        let isWhole = place.isWhole && change.texts.allSatisfy(\.isWhole)
        return RemedyStep(text: (words ?? whole).text, action: isWhole ? .edit(FileEdit(path, change)) : nil)
    }
}

extension [RemedyStep] {
    /// The steps as one text, lower case, no final full stop: what ends in a colon introduces what follows.
    public var text: String {
        reduce(into: "") { text, step in
            if !text.isEmpty { text += text.hasSuffix(":") ? " " : ", " }
            text += step.text
        }
    }
}

extension FileEdit.Change {
    fileprivate var texts: [RemedyText] {
        switch self {
        case .addLine(let line), .setLine(_, let line): [line]
        case .removeMember(let names): names
        case .removeLine, .removeFile: []
        }
    }
}

extension RemedyStep: Codable {
    private enum Key: String, CodingKey { case text, command, edit }

    /// From what `encode` wrote.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        text = try container.decode(String.self, forKey: .text)
        if let arguments = try container.decodeIfPresent([String].self, forKey: .command) {
            action = .command(arguments)
        } else {
            action = try container.decodeIfPresent(FileEdit.self, forKey: .edit).map { .edit($0) }
        }
    }

    /// As an object with `text`, and `command` or `edit` where it is one.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(text, forKey: .text)
        switch action {
        case .command(let arguments): try container.encode(arguments, forKey: .command)
        case .edit(let edit): try container.encode(edit, forKey: .edit)
        case nil: break
        }
    }
}
