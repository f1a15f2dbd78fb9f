/// The files that a grub.cfg reads and asks about, found in the image by GRUB's own paths.

import ByteParsing
import ImageReading

extension GRUBInterpreter {
    /// Where a path of GRUB's may lie in the image, the likeliest first.
    func candidates(_ path: String) -> [ImagePath] {
        var rest = Substring(path)
        if rest.first == "(", let end = rest.firstIndex(of: ")") {
            let isPrefix = rest[...end] == "(prefix)"
            rest = rest[rest.index(after: end)...]
            if isPrefix { return [ImagePath(rest)] + (rest.hasSuffix("/grubenv") ? environmentCopies : []) }
        }
        let asWritten = ImagePath(rest)
        let belowBoot = ImagePath("/boot").appending(rest)
        let copies = asWritten.name == "grubenv" ? environmentCopies : []
        if hasOwnBootPartition { return [belowBoot, asWritten] + copies }
        return (asWritten.isWithin("/boot") ? [asWritten] : [asWritten, belowBoot]) + copies
    }

    /// Whether a file is there, and whether it holds anything.
    mutating func exists(_ path: String) -> GRUBTest.Found {
        for candidate in candidates(path) where !candidate.hasPattern {
            switch root.resolve(candidate) {
            case .present(let entry, _):
                return entry.kind == .directory ? .directory : entry.size > 0 ? .file : .emptyFile
            case .absent: continue
            case .unreadable(_, let problem):
                // The link leads to the EFI system partition, which was left out: what was saved there is not known.
                if problem.isOfLink, candidate.name == "grubenv" { problems.append(problem) }
            }
        }
        return .nothing
    }

    private mutating func load(_ path: String) -> Observation<File> {
        var answer: Observation<File> = .absent(searched: [])
        guard spend(1) else { return answer }
        for candidate in candidates(path) where !candidate.hasPattern {
            answer = answer.orElse(root[.contents(candidate)])
        }
        return spend((answer.value?.size ?? 0) / Self.bytesPerStep) ? answer : .absent(searched: [])
    }

    mutating func loadEnvironment(_ arguments: [String]) {
        let path =
            arguments.firstIndex(where: { $0 == "-f" || $0 == "--file" }).flatMap { index in
                index + 1 < arguments.count ? arguments[index + 1] : nil
            } ?? "\(variables["prefix"] ?? "")/grubenv"
        let block = load(path).parsed { file throws(FormatError) in try GRUBEnvironment(file) }
        // GRUB says of a damaged block that it is invalid and goes on without it.
        if let problem = block.problem, problem.code != .malformed { problems.append(problem) }
        for (name, variable) in block.value?.variables ?? [:] {
            set(name, variable.value)
            environment[name] = variable
        }
    }

    mutating func read(_ command: String, _ path: String?) -> Bool {
        guard let path, depth < Self.depthLimit else { return false }
        let file = load(path)
        guard let script = file.parsed({ file throws(FormatError) in try GRUBScript(file.bytes) }).value,
            let next = file.value
        else {
            return false
        }
        let outer = source
        source = next
        if command != "source", command != "." {
            menu = []
            variables["config_directory"] = "(prefix)\(next.path.parent)"
        }
        let status = execute(script.commands)
        isReturning = false
        if command != "source", command != "." {
            isOver = true
        } else {
            source = outer
        }
        return status
    }
}
