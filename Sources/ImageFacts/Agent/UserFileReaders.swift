/// Who else on the image reads `/etc/ecs/ecs.config`, where nothing plainly hands it to an agent that is run by hand.

import ByteParsing
import ImageReading
import Startup

/// Looks for commands that may carry Batch's cluster from its file to the agent in ways that are not followed.
struct UserFileReaders {
    let startup: ImageStartup

    /// Programs that make, ask after or write a file and hand none of it on.
    private static let bystanders: Set = [
        "mkdir", "touch", "test", "[", "[[", "chmod", "chown", "ls", "stat", "rm", "echo", "printf", "logger", "tee",
        "systemctl", "chcon", "restorecon",
    ]
    /// Programs whose last word is what they write.
    private static let copiers: Set = ["cp", "mv", "ln", "install"]
    private static let settings = ["ExecStartPre", "ExecStart", "ExecStartPost"]

    /// The first command that reads the file, on the way to a job or elsewhere in what starts; nil where none does.
    func first(beside job: AgentJob) -> Evidence? {
        for script in startup.bootScripts.all {
            for command in script.commands where reads(command.command) { return command.evidence }
        }
        for name in startup.boot.startedNames.union([job.name]).sorted() where name.hasSuffix(".service") {
            guard let unit = startup.boot.unit(name).value, let place = reader(in: unit, isOwn: name == job.name) else {
                continue
            }
            return place
        }
        if job.manager == .upstart || job.manager == .sysV || job.manager == .rcLocal || job.manager == .cloudInit {
            return job.evidence.lazy.compactMap { self.reader(inScript: $0.path) }.first
        }
        return nil
    }

    private func reader(in unit: Unit, isOwn: Bool) -> Evidence? {
        if !isOwn, let file = unit.values("Service", "EnvironmentFile").first(where: { Self.namesFile($0.value) }) {
            return file.evidence
        }
        for line in Self.settings.flatMap(unit.execLines) {
            let words = line.words(in: .unknown)
            let evidence = line.directive.evidence(showing: .ofRules)
            switch ShellInvocation(words.map(\.text)) {
            case .text(let text): if shellCommands(text).contains(where: reads) { return evidence }
            case .file(let path): if let place = reader(inScript: ImagePath(path)) { return place }
            case .input, nil:
                if reads(ShellCommand(literal: words.map(\.text), line: 1)) { return evidence }
                if isOwn || ScriptFiles.isOwnScript(ImagePath(line.program)),
                    let place = reader(inScript: ImagePath(line.program))
                {
                    return place
                }
            }
        }
        return nil
    }

    private func reader(inScript path: ImagePath) -> Evidence? {
        guard !AgentCommandReader.isKnownProgram(path),
            case .present(let file, _)? = startup.root.files(ScriptFiles.want(path)).first, file.bytes.first == 0x23
        else { return nil }
        let text = String(decoding: file.bytes, as: UTF8.self)
        guard Self.namesFile(text) else { return nil }
        guard let command = shellCommands(text).first(where: reads) else { return nil }
        return file.evidence(line: command.line, ShownKeys.ofRules.command(command.texts.joined(separator: " ")))
    }

    /// Whether a command takes something out of the file.
    private func reads(_ command: ShellCommand) -> Bool {
        if command.inputs.contains(where: { Self.namesFile($0.text) }) { return true }
        let texts = command.texts
        guard texts.contains(where: Self.namesFile) else { return false }
        if case .run? = DockerCommand(command.words.map { CommandWord($0.text) }) {
            // A mount gives the agent nothing; what a shell works out may.
            return texts.contains { Self.namesFile($0) && ($0.contains("$(") || $0.contains("`") || $0.contains("<(")) }
        }
        guard let (program, arguments) = programBehindWrappers(texts) else { return true }
        let name = ImagePath(program).name
        if Self.bystanders.contains(name) || name == "sed" && arguments.contains(where: { $0.hasPrefix("-i") }) {
            return texts.contains { Self.namesFile($0) && ($0.contains("$(") || $0.contains("`")) }
        }
        if Self.copiers.contains(name) { return arguments.dropLast().contains(where: Self.namesFile) }
        return true
    }

    /// Whether a text names the file, or all of its directory.
    private static func namesFile(_ text: String) -> Bool {
        if text.contains("/etc/ecs/*") { return true }
        var rest = text[...]
        while let range = rest.firstRange(of: "ecs.config") {
            rest = rest[range.upperBound...]
            if !rest.hasPrefix(".json") { return true }
        }
        return false
    }
}
