/// systemd-boot: loader.conf and entry files on the EFI system partition (loader.conf(5), systemd-boot(7)).

import ByteParsing
import ImageReading

/// Reads systemd-boot's configuration and chooses an entry as it does where the firmware's variables say nothing.
enum SystemdBoot {
    /// Where the EFI system partition, or one of its own for kernels, is mounted.
    private static let partitions: [ImagePath] = ["/boot/efi", "/efi", "/boot"]

    private static func configuration(_ partition: ImagePath) -> Want {
        .contents(partition.appending("loader/loader.conf"))
    }

    private static func entries(_ partition: ImagePath) -> Want {
        .contents(partition.appending("loader/entries/*.conf"))
    }

    /// The configuration, the entry files, and the kernels where kernel-install(8) puts them.
    static let wants: [Want] = partitions.flatMap { partition -> [Want] in
        [
            configuration(partition), entries(partition),
            .head(partition.appending("*/*/linux"), bytes: KernelImage.headLength),
        ]
    }

    /// The entry that boots; absent where there is no loader.conf.
    static func entry(in root: RootFilesystem) -> Observation<BootEntry> {
        guard let partition = partitions.first(where: { !root[configuration($0)].isAbsent }) else {
            return .absent(searched: partitions.map { configuration($0).path })
        }
        let pattern = root[configuration(partition)].parsed { file throws(FormatError) in try defaultPattern(file) }
        return pattern.flatMap { pattern, evidence in
            var found: [(partition: ImagePath, entry: BootLoaderSpecification)] = []
            // Entries may lie on a partition of their own beside the EFI one.
            for place in partition == "/boot" ? [partition] : [partition, "/boot"] {
                for file in root.files(entries(place)) {
                    let entry = file.parsed { file throws(FormatError) in
                        try BootLoaderSpecification(file, for: .systemdBoot)
                    }
                    if let problem = entry.problem { return .unreadable(file.evidence, problem) }
                    if let entry = entry.value { found.append((place, entry)) }
                }
            }
            found.sort { BootLoaderSpecification.systemdOrder($0.entry, $1.entry) }
            let path = configuration(partition).path
            if let pattern, pattern.hasPrefix("@") {
                let reason =
                    "an entry's name as default expected, \(pattern) found, which the firmware's variables decide"
                return .unreadable(evidence, Problem(.undecided, at: path, reason))
            }
            let chosen = pattern.flatMap { pattern in
                found.first { isMatch($0.entry.name + ".conf", pattern) || isMatch($0.entry.name, pattern) }
            }
            // Entries that it makes itself, of what stands beside it on the EFI partition; another EFI program that an
            // entry file names may be a Linux with its initramfs in one file.
            if let chosen, chosen.entry.linux == nil, chosen.entry.isWindows {
                return .unreadable([chosen.entry.file.evidence()], BootEntry.noLinux(chosen.entry.name, at: path))
            }
            if chosen == nil, let pattern, ["auto-windows", "auto-osx"].contains(pattern) {
                return .unreadable(evidence, BootEntry.noLinux(pattern, at: path))
            }
            let bootsLinux = chosen.flatMap { $0.entry.linux == nil ? nil : $0 }
            guard let chosen = bootsLinux ?? found.first(where: { $0.entry.linux != nil }),
                let linux = chosen.entry.linux
            else {
                return .unreadable(
                    evidence,
                    Problem(.malformed, at: path, "an entry file with a kernel expected, none found")
                )
            }
            let options = chosen.entry.options ?? ""
            let entry = BootEntry(
                loader: .systemdBoot,
                title: chosen.entry.title ?? chosen.entry.name,
                kernel: linux,
                places: [chosen.partition.appending(linux)],
                commandLine: options.split { $0 == " " || $0 == "\t" }.map(String.init),
                initramfs: chosen.entry.initrds.map {
                    BootEntry.LoadedFile(name: $0, places: [chosen.partition.appending($0)])
                }
            )
            return .present(entry, [chosen.entry.evidence])
        }
    }

    /// The value of `default`; nil where there is none.
    private static func defaultPattern(_ file: File) throws(FormatError) -> String? {
        for line in try file.lines() {
            let words = line.text.split { $0 == " " || $0 == "\t" }
            if words.count > 1, words[0] == "default" { return String(words[1]) }
        }
        return nil
    }

    /// Shell patterns of `*` and `?`, letters of either case being the same.
    static func isMatch(_ name: String, _ pattern: String) -> Bool {
        let name = Array(name.lowercased().utf8)
        let pattern = Array(pattern.lowercased().utf8)
        var (n, p) = (0, 0)
        var star: (name: Int, pattern: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = (n, p)
                p += 1
            } else if p < pattern.count, pattern[p] == name[n] || pattern[p] == UInt8(ascii: "?") {
                n += 1
                p += 1
            } else if let last = star {
                star = (last.name + 1, last.pattern)
                n = last.name + 1
                p = last.pattern + 1
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
