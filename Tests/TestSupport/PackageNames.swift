/// What distributions call their packages, against which commands that install some are held.

/// The packages of one distribution, of those that remedies may name (`testdata/data/package-names.tsv`).
public struct PackageNames {
    private let names: Set<String>

    /// The packages of a distribution by its id and version; nil where the list has none of it.
    public init?(of distribution: String, _ version: String) throws {
        let lines = try TestData.sortedLines(TestData.url("data/package-names.tsv"))
        let rows = lines.map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
        names = Set(
            rows.filter { $0.count == 4 && $0[0] == distribution && version.hasPrefix($0[1]) }.map { $0[2] })
        if names.isEmpty { return nil }
    }

    /// The names in a command that the distribution has no package of; files are none.
    public func unknown(in command: [String]) -> [String] {
        let words = command.dropFirst().filter { !$0.hasPrefix("-") }
        return words.dropFirst().filter { !$0.hasPrefix("./") && !names.contains($0) }
    }
}
