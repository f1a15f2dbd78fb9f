/// Scripts of an image: how much of them is read, and each of them once.

package import ImageReading

/// The scripts that stand at some paths.
package struct ScriptFiles: Sendable {
    /// How much of a script is read, in bytes.
    private static let limit = 64 << 10

    /// Asks for a script.
    package static func want(_ path: ImagePath) -> Want { .head(path, bytes: limit) }

    /// Whether somebody may have made a script of this path: what distributions put below /usr are programs, whose
    /// reading would cost an archive a second pass; scripts of one's own stand elsewhere or end in .sh.
    package static func isOwnScript(_ path: ImagePath) -> Bool {
        path.name.hasSuffix(".sh")
            || ["/usr/local", "/opt", "/root", "/home", "/srv", "/etc", "/var"].contains { path.isWithin($0) }
    }

    /// Each file once, whatever links lead to it, in the order of the wants.
    package let files: [File]
    /// The first that is there and cannot be read.
    package let unknown: Unknown?

    /// What matches the wants; directories and the like are no scripts.
    package init(_ wants: [Want], in root: RootFilesystem) {
        var files: [File] = []
        var unknown: Unknown?
        var seen: Set<ImagePath> = []
        for file in wants.flatMap(root.files) {
            switch file {
            case .absent: continue
            case .unreadable(_, let problem) where problem.code == .notRegularFile: continue
            case .unreadable(let evidence, let problem): unknown = unknown ?? Unknown(evidence, problem)
            case .present(let file, _):
                if seen.insert(file.realPath).inserted { files.append(file) }
            }
        }
        self.files = files
        self.unknown = unknown
    }
}
