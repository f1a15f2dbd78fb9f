/// Whether the programs of a service can be executed: they are there, may be run, and their interpreters are there too
/// (203/EXEC).

import ImageReading

/// The programs of an image, as execve(2) takes them.
struct ServicePrograms {
    /// How much of a program is read: its magic number, or the first line of a script (BINPRM_BUF_SIZE of the kernel).
    private static let headSize = 256
    /// Where systemd looks for a program without a path (DEFAULT_PATH in basic/path-util.h); `env` of a service too.
    private static let searchPath = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]

    /// What units of the agent's and of Docker's usually run, asked for beforehand.
    static let wants: [Want] =
        ["/usr/bin", "/bin"].flatMap { directory in
            [
                "bash", "sh", "dash", "env", "python3", "docker", "mkdir", "touch", "systemctl", "true", "false",
                "test",
                "sleep", "rm",
            ].map { want(ImagePath("\(directory)/\($0)")) }
        }
        + [
            "/usr/bin/dockerd", "/usr/sbin/dockerd", "/usr/local/bin/dockerd", "/usr/local/bin/docker",
            "/usr/libexec/amazon-ecs-init", "/usr/sbin/amazon-ecs-init", "/usr/libexec/docker/*",
            "/usr/lib/docker/*",
        ].map { want($0) }

    private static func want(_ path: ImagePath) -> Want { .head(path, bytes: headSize) }

    let root: RootFilesystem

    /// What is wrong with a program.
    struct Fault: Equatable {
        let kind: StartFault.Kind
        /// What is not there; nil where something is there and is of no use.
        var missing: ImagePath?
        /// Why it may be there all the same.
        var doubt: StartFault.Doubt?
    }

    /// What is wrong with a program; nil where it can be executed, or where that cannot be told.
    func fault(of program: String) -> Fault? {
        guard !program.hasPrefix("/") else { return fault(at: ImagePath(program)) }
        for directory in Self.searchPath {
            switch root[Self.want(ImagePath("\(directory)/\(program)"))] {
            case .present(let file, _) where file.isExecutable: return fault(of: file)
            case .present, .absent: continue
            case .unreadable(_, let problem):
                if problem.code == .danglingLink || problem.code == .notRegularFile { continue }
                return nil
            }
        }
        return Fault(kind: .noProgram(name: program))
    }

    private func fault(at path: ImagePath) -> Fault? {
        switch root[Self.want(path)] {
        case .present(let file, _): return file.isExecutable ? fault(of: file) : Fault(kind: .notExecutable(path: path))
        case .absent: return Fault(kind: .noProgram(name: path.text), missing: path)
        case .unreadable(_, let problem):
            switch problem.code {
            case .danglingLink: return Fault(kind: .noProgram(name: path.text), missing: path)
            case .notRegularFile: return Fault(kind: .notExecutable(path: path))
            default: return nil
            }
        }
    }

    /// What is wrong with the content of a program.
    private func fault(of file: File) -> Fault? {
        guard file.bytes.starts(with: Array("#!".utf8)) else {
            // Anything else than text may be a program of some format.
            let isText = file.bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
            return isText ? Fault(kind: .notAProgram(path: file.path)) : nil
        }
        let line = file.bytes.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") && $0 != 0 }
        let words = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            .map { String(decoding: $0, as: UTF8.self) }
        guard let interpreter = words.first else { return Fault(kind: .notAProgram(path: file.path)) }
        func missing(_ name: String, _ path: ImagePath? = nil, doubt: StartFault.Doubt? = nil) -> Fault {
            Fault(kind: .noInterpreter(script: file.path, interpreter: name), missing: path, doubt: doubt)
        }
        // A carriage return at the line's end is part of the last word, and no interpreter is called so.
        if interpreter.utf8.last == 0x0D { return missing(interpreter) }
        guard interpreter.hasPrefix("/") else { return nil }
        let path = ImagePath(interpreter)
        switch root[Self.want(path)] {
        case .present(let file, _): if !file.isExecutable { return missing(interpreter) }
        case .absent: return missing(interpreter, path)
        case .unreadable(_, let problem):
            switch problem.code {
            case .danglingLink: return missing(interpreter, path)
            case .notRegularFile: return missing(interpreter)
            case .notRequested, .notReadAgain: return missing(interpreter, doubt: .notLookedFor(path: path))
            default: return nil
            }
        }
        guard path.name == "env", words.count > 1 else { return nil }
        let name = words[1] == "-S" ? words.dropFirst(2).first ?? "" : words[1]
        guard name.utf8.last != 0x0D else { return missing(name) }
        guard !name.isEmpty, !name.hasPrefix("-"), !name.contains("=") else { return nil }
        return fault(of: name).map { _ in missing(name) }
    }
}

extension File {
    fileprivate var isExecutable: Bool { permissions & 0o111 != 0 }
}
