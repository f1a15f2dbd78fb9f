/// Boot entries as files of their own, and the two orders in which boot loaders put them (UAPI.1, Boot Loader
/// Specification, type 1).

import ByteParsing
import ImageReading

/// One entry file.
struct BootLoaderSpecification {
    /// The file's name without `.conf`.
    let name: String
    let file: File
    /// The first value of each key; for systemd-boot `options` of all its lines, joined by a blank.
    private let values: [String: (value: String, line: Int)]
    /// The values of all its `initrd` lines, in order.
    let initrds: [String]

    var title: String? { values["title"]?.value }
    /// The kernel's path; an entry without one boots no Linux.
    var linux: String? { values["linux"]?.value }
    /// Whether it starts Windows' boot manager.
    var isWindows: Bool { values["efi"]?.value.lowercased().contains("/microsoft/") ?? false }
    var options: String? { values["options"]?.value }
    var version: String? { values["version"]?.value }
    var sortKey: String? { values["sort-key"]?.value }
    var machineID: String? { values["machine-id"]?.value }

    /// The line that names the kernel, as evidence.
    var evidence: Evidence { file.evidence(line: values["linux"]?.line, linux.map { "linux \($0)" } ?? "") }

    /// Reads an entry as the one or the other boot loader does. rhboot's GRUB (grub-core/commands/blscfg.c) stops at
    /// the first line that is not a key and a value, an empty one too, looks for a tab only where a line has no blank,
    /// and takes the first `options` alone.
    init(_ file: File, for loader: BootEntry.Loader) throws(FormatError) {
        var values: [String: (value: String, line: Int)] = [:]
        var initrds: [String] = []
        for line in try file.lines() {
            let text = line.text.drop { $0 == " " || $0 == "\t" }
            if text.first == "#" { continue }
            let key =
                loader == .grub2 && text.contains(" ")
                ? text.prefix { $0 != " " } : text.prefix { $0 != " " && $0 != "\t" }
            let rest = text.dropFirst(key.count)
            guard rest.utf8.count > 1 else {
                if loader == .grub2 { break } else { continue }
            }
            let value = String(rest.drop { $0 == " " || $0 == "\t" })
            if key == "initrd" { initrds.append(value) }
            if key == "options", loader != .grub2, let first = values["options"] {
                values["options"] = (first.value + " " + value, first.line)
            } else if values[String(key)] == nil {
                values[String(key)] = (value, line.number)
            }
        }
        self.file = file
        self.values = values
        self.initrds = initrds
        let name = file.path.name
        self.name = name.hasSuffix(".conf") ? String(name.dropLast(".conf".count)) : name
    }
}

extension BootLoaderSpecification {
    /// The order of rhboot's GRUB, newest first: the file's name split at its last two dashes as name, version and
    /// release; the name counts most.
    static func grubOrder(_ a: BootLoaderSpecification, _ b: BootLoaderSpecification) -> Bool {
        func parts(_ name: String) -> [Substring] {
            var parts = name.split(separator: "-", omittingEmptySubsequences: false)
            if parts.count > 3 { parts = [parts.dropLast(2).joined(separator: "-")[...]] + parts.suffix(2) }
            return parts
        }
        let (first, second) = (parts(a.name), parts(b.name))
        for index in 0..<3 {
            let order = BootVersionOrder.grub(
                index < first.count ? first[index] : "",
                index < second.count ? second[index] : ""
            )
            if order != 0 { return order > 0 }
        }
        return false
    }

    /// systemd-boot's order: entries with a sort key before those without, by key, machine and newest version; the
    /// others by file name, newest first (systemd, src/boot/boot.c). Boot counting is left out: an image that was never
    /// booted has used up no try.
    static func systemdOrder(_ a: BootLoaderSpecification, _ b: BootLoaderSpecification) -> Bool {
        switch (a.sortKey, b.sortKey) {
        case (nil, _?): return false
        case (_?, nil): return true
        case (let first?, let second?):
            if first != second { return first < second }
            let (one, other) = (a.machineID ?? "", b.machineID ?? "")
            if one != other { return one < other }
            let order = BootVersionOrder.systemd(a.version ?? "", b.version ?? "")
            if order != 0 { return order > 0 }
        case (nil, nil): break
        }
        return BootVersionOrder.systemd(a.name, b.name) > 0
    }
}
