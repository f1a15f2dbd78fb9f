/// Where dpkg's database lies in an image, and what it holds.

import ByteParsing
import ImageReading
import PackageDatabases

/// dpkg's database in an image: the status file with its journal, or a directory of single records.
enum DpkgDatabaseReading {
    /// In bytes; 30,000 packages fill 50 MB.
    static let statusLimit = 256 << 20

    private static let status = Want.contents("/var/lib/dpkg/status", upTo: statusLimit)
    private static let journal = Want.contents("/var/lib/dpkg/updates/*", upTo: statusLimit)
    private static let statusDirectory = Want.contents("/var/lib/dpkg/status.d/*")

    static let wants: [Want] = [status, journal, statusDirectory]

    static func observe(in root: RootFilesystem) -> PackageDatabaseReading {
        var reading = PackageDatabaseReading(searched: [status.path, statusDirectory.path.parent])
        readStatus(in: root, into: &reading)
        readStatusDirectory(in: root, into: &reading)
        return reading
    }

    private static func readStatus(in root: RootFilesystem, into reading: inout PackageDatabaseReading) {
        let answer = root[status]
        guard !answer.isAbsent else { return }
        // dpkg names the files of its journal by digits alone.
        let journal = root.files(journal).filter { $0.evidence.first?.path.name.allSatisfy(\.isASCIIDigit) ?? true }
        if !journal.isEmpty {
            reading.remarks.append(
                "\(Self.journal.path.parent): dpkg was stopped while it worked; what its journal says counts"
            )
        }
        let records: Observation<[DpkgRecord]> = answer.flatMap { file, evidence in
            var updates: [[UInt8]] = []
            for entry in journal {
                switch entry {
                case .present(let file, _): updates.append(file.bytes)
                case .unreadable(let evidence, let problem): return .unreadable(evidence, problem)
                case .absent: continue
                }
            }
            do throws(FormatError) {
                return .present(try dpkgRecords(file.bytes, updates: updates), evidence)
            } catch {
                return .unreadable(evidence, Problem(error, at: file.realPath))
            }
        }
        let found = records.map { records in
            records.map { record in
                // With a journal the line may be of another file.
                let line = journal.isEmpty ? record.line : nil
                return (record, Evidence(status.path, realPath: answer.realPath, line: line))
            }
        }
        add(found, .status, at: status.path, to: &reading)
    }

    private static func readStatusDirectory(in root: RootFilesystem, into reading: inout PackageDatabaseReading) {
        let files = root.files(statusDirectory).filter {
            !($0.evidence.first?.path.name.hasSuffix(".md5sums") ?? false)
        }
        guard !files.isEmpty else { return }
        let path = statusDirectory.path.parent
        var found: [(DpkgRecord, Evidence)] = []
        for file in files {
            let records = file.flatMap { file, evidence in
                do throws(FormatError) {
                    let records = try dpkgRecords(file.bytes, stateWithoutStatus: .installed)
                    return .present(records.map { ($0, file.evidence(line: $0.line)) }, evidence)
                } catch {
                    return .unreadable(evidence, Problem(error, at: file.realPath))
                }
            }
            switch records {
            case .present(let records, _): found += records
            case .absent: continue
            case .unreadable: return add(records, .statusDirectory, at: path, to: &reading)
            }
        }
        add(.present(found, [Evidence(path)]), .statusDirectory, at: path, to: &reading)
    }

    private static func add(
        _ found: Observation<[(DpkgRecord, Evidence)]>,
        _ format: PackageDatabaseFormat,
        at path: ImagePath,
        to reading: inout PackageDatabaseReading
    ) {
        let records = found.value ?? []
        let installed = records.filter { $0.0.state.isInstalled }
        reading.records += installed.map { PackageRecord(package: $0.0.package, place: $0.1) }
        reading.databases.append(
            PackageDatabase(
                manager: .dpkg,
                format: format,
                path: path,
                realPath: found.evidence.first?.realPath,
                packageCount: found.problem == nil ? installed.count : nil,
                problem: found.problem
            )
        )
        for (record, place) in records where record.state == .configFiles {
            let name = record.package.name
            guard Docker.packageNames.contains(name) || Agent.packageNames.contains(name) || name == "cloud-init" else {
                continue
            }
            reading.removed.append(
                Evidence(place.path, realPath: place.realPath, line: place.line, record.package.label))
        }
        for (record, evidence) in records where record.state.isHalfway {
            let line = evidence.line.map { ":\($0)" } ?? ""
            reading.remarks.append(
                "\(evidence.path)\(line): \(record.package.name) is \(record.state.rawValue), not installed"
            )
        }
    }
}

extension DpkgRecord.State {
    /// Whether an installation was begun and not finished.
    fileprivate var isHalfway: Bool {
        switch self {
        case .halfInstalled, .unpacked, .halfConfigured: true
        case .notInstalled, .configFiles, .triggersAwaited, .triggersPending, .installed: false
        }
    }
}
