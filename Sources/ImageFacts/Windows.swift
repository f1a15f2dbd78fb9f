/// Whether the image is Windows, which AWS Batch does not run on its Linux compute environments.

public import ImageReading

/// What shows that an image is Windows.
public struct Windows: Fact {
    /// The places that are there.
    public let places: [ImagePath]

    /// NTFS keeps the case of names and tools that export it do not always; `Files` is the root inside a container
    /// image's layer.
    private static let signs: [ImagePath] = [
        "/Windows/System32", "/Windows/system32", "/WINDOWS/System32", "/WINDOWS/system32", "/windows/system32",
        "/Files/Windows/System32", "/bootmgr", "/BOOTMGR",
    ]

    private static let osRelease: [Want] = [.names("/etc/os-release"), .names("/usr/lib/os-release")]

    /// The names alone.
    public static let wants: [Want] = signs.map { .names($0) } + osRelease

    /// Present where one of the signs stands in the root, and no os-release does: a Linux root may hold such a
    /// directory, Windows has no os-release.
    public static func observe(in root: RootFilesystem) -> Observation<Windows> {
        let found = signs.filter { root.names(.names($0)).value != nil }
        guard !found.isEmpty, osRelease.allSatisfy({ root.names($0).isAbsent }) else { return .absent(searched: signs) }
        return .present(Windows(places: found), found.map { Evidence($0) })
    }
}
