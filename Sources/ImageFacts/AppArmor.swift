/// AppArmor's own files: without them programs that load a profile fail where the kernel has AppArmor on.

public import ImageReading

/// What of AppArmor's user space is on the image, as far as Docker and ecs-init go by it.
public struct AppArmor: Fact {
    /// `/sbin/apparmor_parser`, by which containerd's pkg/apparmor (apparmor_linux.go) tells whether profiles can be
    /// loaded.
    public let parser: Observation<ImagePath>
    /// Files that profiles include and that are not there: tunables/global, abstractions/base.
    public let missingIncludes: [ImagePath]

    private static let parserPath: ImagePath = "/sbin/apparmor_parser"
    private static let includes: [ImagePath] = [
        "/etc/apparmor.d/tunables/global", "/etc/apparmor.d/abstractions/base",
    ]

    /// The parser by both spellings of its path, and the files that profiles include.
    public static let wants: [Want] =
        [.names(parserPath), .names("/usr/sbin/apparmor_parser")] + includes.map { .names($0) }

    /// Looks for the files.
    static func observe(in root: RootFilesystem) -> AppArmor {
        let parser = root.resolve(parserPath)
        return AppArmor(
            parser: parser.map(\.realPath),
            missingIncludes: parser.value == nil ? [] : includes.filter { root.resolve($0).isAbsent })
    }
}
