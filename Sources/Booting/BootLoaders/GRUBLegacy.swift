/// GRUB legacy and PV-GRUB: menu.lst (GRUB 0.97 manual, "Configuration").

package import ByteParsing
package import ImageReading

/// A menu.lst as its entries.
package struct GRUBLegacy: Sendable {
    /// One `title` with its commands.
    package struct Entry: Sendable {
        package var title: String
        package var root: (value: String, line: Int)?
        package var kernel: (words: [String], line: Int)?
        package var initrd: String?
    }

    package private(set) var entries: [Entry] = []
    /// `default`: a number, or `saved`.
    package private(set) var choice = "0"

    package static let configurations: [ImagePath] = ["/boot/grub/menu.lst", "/boot/grub/grub.conf"]
    /// What `default saved` reads: the number of the entry in its first line.
    private static let saved = Want.contents("/boot/grub/default")

    package static let wants: [Want] = configurations.map { .contents($0) } + [saved]

    /// Reads a menu. Unknown commands are passed over; a file without a `title` has no entries.
    package init(_ file: File) throws(FormatError) {
        for line in try file.lines() {
            let text = line.text.drop { $0 == " " || $0 == "\t" }
            guard let first = text.first, first != "#" else { continue }
            let command = text.prefix { $0 != " " && $0 != "\t" && $0 != "=" }
            let rest = text.dropFirst(command.count).drop { $0 == " " || $0 == "\t" || $0 == "=" }
            switch (command, entries.isEmpty) {
            case ("title", _): entries.append(Entry(title: String(rest)))
            case ("default", true): choice = rest.split(separator: " ").first.map(String.init) ?? "0"
            case ("root", false), ("rootnoverify", false):
                entries[entries.count - 1].root = (rest.split(separator: " ").first.map(String.init) ?? "", line.number)
            case ("kernel", false):
                let words = rest.split { $0 == " " || $0 == "\t" }.map(String.init)
                // kernel's own options, --type= and --no-mem-option, stand before the path.
                entries[entries.count - 1].kernel = (Array(words.drop { $0.hasPrefix("--") }), line.number)
            case ("initrd", false):
                entries[entries.count - 1].initrd = rest.split(separator: " ").first.map(String.init)
            default: continue
            }
        }
    }

    /// The entry that boots: the default, or the first where there is no such number.
    package func chosen(saved: Int?) -> Entry? {
        let number = choice == "saved" ? saved ?? 0 : Int(choice) ?? 0
        return entries.indices.contains(number) ? entries[number] : entries.first
    }

    /// The entry that boots; absent where there is no menu.
    package static func entry(in root: RootFilesystem, hasOwnBootPartition: Bool) -> Observation<BootEntry> {
        for path in configurations {
            let file = root[.contents(path)]
            guard !file.isAbsent else { continue }
            return file.parsed { file throws(FormatError) in try GRUBLegacy(file) }.flatMap { menu, evidence in
                entry(menu, file, in: root, hasOwnBootPartition)
            }
        }
        return .absent(searched: configurations)
    }

    private static func entry(
        _ menu: GRUBLegacy,
        _ file: Observation<File>,
        in root: RootFilesystem,
        _ hasOwnBootPartition: Bool
    ) -> Observation<BootEntry> {
        guard let file = file.value else { return .absent(searched: []) }
        var number: Int?
        if menu.choice == "saved" {
            let first = root[saved].parsed { file throws(FormatError) in try file.lines().first?.text }
            if let problem = first.problem { return .unreadable([file.evidence()], problem) }
            number = first.value.flatMap { $0 }.flatMap { Int($0) }
        }
        guard let entry = menu.chosen(saved: number) else {
            return .unreadable(
                [file.evidence()],
                Problem(.malformed, at: file.realPath, "an entry that boots Linux expected, no title in it")
            )
        }
        guard let kernel = entry.kernel, let path = kernel.words.first, !BootEntry.isNoLinux(path) else {
            return .unreadable(
                [file.evidence(line: entry.kernel?.line)],
                BootEntry.noLinux("\"\(entry.title)\"", at: file.realPath)
            )
        }
        let found = BootEntry(
            loader: .grubLegacy,
            title: entry.title,
            kernel: path,
            places: BootEntry.places(of: path, hasOwnBootPartition: hasOwnBootPartition),
            commandLine: Array(kernel.words.dropFirst()),
            initramfs: BootEntry.initramfs([entry.initrd].compactMap(\.self), hasOwnBootPartition: hasOwnBootPartition)
        )
        return .present(found, [file.evidence(line: kernel.line, "kernel \(path)")])
    }
}
