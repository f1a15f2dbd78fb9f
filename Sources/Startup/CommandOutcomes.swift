/// How commands end where the image alone decides it: `false`, tests of files, `exit`, and shell text made of them.

import ImageReading

/// What stands at a path when a command looks there.
enum PathAnswer {
    case there(Entry)
    case missing
    /// Something may come or change before.
    case unknown
}

/// How the commands of a service end.
struct CommandOutcomes {
    let root: RootFilesystem
    /// What stands at a path.
    let exists: (ImagePath) -> PathAnswer

    /// Whether a command fails for certain.
    func fails(_ line: ExecLine) -> Bool {
        let words = line.writtenWords
        switch ImagePath(line.program).name {
        case "false": return true
        case "test", "[":
            return status(ofTest: words.map { $0.contains("$") ? ShellWord(unknown: $0) : ShellWord($0) }) == 1
        default: break
        }
        guard let text = shellText(of: words) else { return false }
        var run = ShellRun(outcomes: self, isGoal: { _ in false })
        let end = run.end(of: shellProgram(text))
        return !run.mayHaveEnded && end.status.map { $0 != 0 } == true
    }

    /// Whether shell text ends for certain before it comes to a command that is one of those it is there for.
    func ends(_ words: [String], before isGoal: @escaping ([String]) -> Bool) -> Bool {
        guard let text = shellText(of: words) else { return false }
        var run = ShellRun(outcomes: self, isGoal: isGoal)
        _ = run.end(of: shellProgram(text))
        return run.state == .ended
    }

    /// The text that a shell is to run, given itself or in a script; nil for what runs no shell.
    private func shellText(of words: [String]) -> String? {
        let path: String
        switch ShellInvocation(words) {
        case .text(let text): return text
        case .file(let file): path = file
        case .input: return nil
        case nil: path = words.first ?? ""
        }
        // What distributions bring below /usr is not judged line by line.
        guard path.hasPrefix("/"), ScriptFiles.isOwnScript(ImagePath(path)),
            let file = root.files(ScriptFiles.want(ImagePath(path))).first?.value
        else { return nil }
        let isShell = ShellInvocation(words) != nil || file.bytes.isShellScript
        return isShell && file.size == file.bytes.count ? String(decoding: file.bytes, as: UTF8.self) : nil
    }

    /// 0 or 1 of `test`; nil where it cannot be told.
    fileprivate func status(ofTest words: [ShellWord]) -> Int? {
        var words = words.dropFirst()
        if ["]", "]]"].contains(words.last?.text) { words = words.dropLast() }
        var isNegated = false
        while words.first?.text == "!" {
            isNegated.toggle()
            words = words.dropFirst()
        }
        guard !words.contains(where: \.isExpanded), words.count == 2, let operation = words.first?.text,
            let operand = words.last?.text
        else { return nil }
        return holds(operation, operand).map { $0 != isNegated ? 0 : 1 }
    }

    private func holds(_ operation: String, _ operand: String) -> Bool? {
        switch operation {
        case "-n": return !operand.isEmpty
        case "-z": return operand.isEmpty
        case "-e", "-f", "-d", "-x", "-s", "-r": break
        default: return nil
        }
        guard operand.hasPrefix("/") else { return nil }
        switch exists(ImagePath(operand)) {
        case .unknown: return nil
        case .missing: return false
        case .there(let entry):
            switch operation {
            case "-f": return entry.kind == .regular
            case "-d": return entry.kind == .directory
            case "-x": return entry.permissions & 0o111 != 0
            case "-s": return entry.kind == .regular ? entry.size > 0 : nil
            default: return true
            }
        }
    }
}

/// Shell text on its way.
private struct ShellRun {
    enum State { case goesOn, ended, atGoal }

    let outcomes: CommandOutcomes
    let isGoal: ([String]) -> Bool
    private(set) var state = State.goesOn
    /// Whether something on the way may have ended it earlier.
    private(set) var mayHaveEnded = false
    private var endsOnFailure = false

    init(outcomes: CommandOutcomes, isGoal: @escaping ([String]) -> Bool) {
        self.outcomes = outcomes
        self.isGoal = isGoal
    }

    /// The status of some commands one after the other; nil where it cannot be told.
    mutating func end(of commands: [ShellStatement], isCondition: Bool = false) -> (status: Int?, isWhole: Bool) {
        var status: Int? = 0
        for command in commands {
            status = run(command, isCondition: isCondition, last: status)
            guard state == .goesOn else { return (status, false) }
            guard endsOnFailure, !isCondition else { continue }
            // Of an and-or list only the last command's failure ends it; a known one here is taken for what it is.
            switch (command, status) {
            case (.simple, .some(let status)) where status != 0: state = .ended
            case (_, .some(0)): break
            default: mayHaveEnded = true
            }
            guard state == .goesOn else { return (status, false) }
        }
        return (status, true)
    }

    private mutating func run(_ command: ShellStatement, isCondition: Bool, last: Int?) -> Int? {
        switch command {
        case .simple(let words): return simple(words, last)
        case .opaque(let words):
            if isGoal(words.map(\.text)) { state = .atGoal }
            mayHaveEnded = true
            return nil
        case .pipeline(let commands):
            // Each runs in a shell of its own: none of them ends this one.
            if commands.contains(where: { isGoal(words(of: $0)) }) { state = .atGoal }
            return nil
        case .negated(let command):
            return run(command, isCondition: true, last: last).map { $0 == 0 ? 1 : 0 }
        case .and(let left, let right): return either(left, right, runsAfter: { $0 == 0 }, isCondition, last)
        case .or(let left, let right): return either(left, right, runsAfter: { $0 != 0 }, isCondition, last)
        case .conditional(let branches, let otherwise): return conditional(branches[...], otherwise)
        }
    }

    private func words(of command: ShellStatement) -> [String] {
        switch command {
        case .simple(let words), .opaque(let words): words.map(\.text)
        case .pipeline(let commands): commands.flatMap(words(of:))
        case .negated(let command): words(of: command)
        case .and(let left, let right), .or(let left, let right): words(of: left) + words(of: right)
        case .conditional(let branches, let otherwise):
            branches.flatMap { ($0.condition + $0.body).flatMap(words(of:)) } + otherwise.flatMap(words(of:))
        }
    }

    private mutating func either(
        _ left: ShellStatement, _ right: ShellStatement, runsAfter: (Int) -> Bool, _ isCondition: Bool, _ last: Int?
    ) -> Int? {
        let status = run(left, isCondition: true, last: last)
        guard state == .goesOn else { return status }
        guard let status else {
            mayRun(right)
            return nil
        }
        return runsAfter(status) ? run(right, isCondition: isCondition, last: status) : status
    }

    /// What may run and may not: the goal may be there, or an end.
    private mutating func mayRun(_ command: ShellStatement) {
        if isGoal(words(of: command)) { state = .atGoal }
        mayHaveEnded = true
    }

    private mutating func conditional(
        _ branches: ArraySlice<(condition: [ShellStatement], body: [ShellStatement])>, _ otherwise: [ShellStatement]
    ) -> Int? {
        guard let (condition, body) = branches.first else { return end(of: otherwise).status }
        let status = end(of: condition, isCondition: true).status
        guard state == .goesOn else { return status }
        switch status {
        case 0?: return end(of: body).status
        case .some: return conditional(branches.dropFirst(), otherwise)
        case nil:
            for command in branches.flatMap({ $0.condition + $0.body }) + otherwise { mayRun(command) }
            return nil
        }
    }

    private mutating func simple(_ words: [ShellWord], _ last: Int?) -> Int? {
        let texts = words.map(\.text)
        if isGoal(texts) {
            state = .atGoal
            return nil
        }
        guard let first = words.first(where: { assignment($0.text) == nil }) else {
            return words.contains(where: \.isExpanded) ? nil : 0
        }
        guard !first.isExpanded else { return nil }
        let operands = words.drop { $0 != first }.dropFirst()
        switch ImagePath(first.text).name {
        case "true", ":": return 0
        case "false": return 1
        case "test", "[", "[[": return outcomes.status(ofTest: Array(words.drop { $0 != first }))
        case "exit":
            state = .ended
            guard let operand = operands.first else { return last }
            return operand.isExpanded ? nil : Int(operand.text)
        case "exec" where !operands.isEmpty:
            state = .ended
            return nil
        case "set":
            if operands.contains(where: { $0.text.hasPrefix("-") && $0.text.contains("e") }) { endsOnFailure = true }
            return 0
        default: return nil
        }
    }
}

extension [UInt8] {
    /// Whether the first line names a shell.
    fileprivate var isShellScript: Bool {
        guard starts(with: Array("#!".utf8)) else { return false }
        let line = String(decoding: dropFirst(2).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        return ShellInvocation(line.split(whereSeparator: \.isWhitespace).map(String.init)) != nil
    }
}
