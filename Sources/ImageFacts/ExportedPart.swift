/// Whether an image is a part of a system, its settings without its programs: of such a one nothing is absent.

import ImageReading

/// What an export left out.
struct ExportedPart {
    private static let programs: [Want] = ["/usr/*", "/bin/*", "/sbin/*", "/lib/*"].map { .names($0) }
    /// What only a system with programs has; a container's root may hold other files of /etc and nothing to run them.
    private static let signs: [Want] = [
        .names("/etc/systemd/system/*"), .names("/etc/cloud/cloud.cfg"), .names("/etc/init.d/*"),
    ]

    static let wants: [Want] = programs + signs

    /// Why what was not found is not known to be absent; nil where the root has programs or a package database.
    private let problem: Problem?
    private let sign: [Evidence]

    init(in root: RootFilesystem, packages: PackageDatabaseSummary) {
        let hasPrograms = Self.programs.contains { !root.names($0).isAbsent }
        let sign =
            hasPrograms || !packages.databases.isEmpty
            ? nil : Self.signs.lazy.compactMap { root.names($0).value?.first }.first
        self.sign = sign.map { [Evidence($0.path)] } ?? []
        problem = sign.map { sign in
            Problem(
                .notExported, at: "/usr",
                """
                only a part of a system was exported: no programs in /usr, /bin, /sbin or /lib and no package \
                database, while \(sign.path) is there
                """)
        }
    }

    /// The same answer; what is absent from a part of a system is not known.
    func known<Value>(_ answer: Observation<Value>) -> Observation<Value> {
        guard let problem, answer.isAbsent else { return answer }
        return .unreadable(sign, problem)
    }
}
