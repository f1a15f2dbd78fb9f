/// extlinux and syslinux: extlinux.conf (syslinux.org, "SYSLINUX configuration"; UAPI extlinux as U-Boot reads it).

import ByteParsing
import ImageReading

/// An extlinux.conf as its labels.
struct Extlinux {
    private struct Label {
        let name: String
        var kernel: (path: String, line: Int)?
        var append = ""
        var initrd = ""
        var isMenuDefault = false
    }

    private var labels: [Label] = []
    private var choice: String?

    private static let configurations: [ImagePath] = [
        "/boot/extlinux/extlinux.conf", "/extlinux/extlinux.conf", "/boot/extlinux.conf", "/extlinux.conf",
        "/boot/syslinux/syslinux.cfg", "/boot/efi/EFI/syslinux/syslinux.cfg",
    ]

    static let wants: [Want] = configurations.map { .contents($0) }

    private init(_ file: File) throws(FormatError) {
        var common = ""
        for line in try file.lines() {
            let words = line.text.split(maxSplits: 1) { $0 == " " || $0 == "\t" }
            guard let keyword = words.first?.lowercased() else { continue }
            let value = words.count > 1 ? String(words[1].drop { $0 == " " || $0 == "\t" }) : ""
            switch keyword {
            case "default", "ontimeout": if keyword == "default" || choice == nil { choice = value }
            case "label": labels.append(Label(name: value))
            case "linux", "kernel":
                if !labels.isEmpty { labels[labels.count - 1].kernel = (value, line.number) }
            case "initrd":
                if !labels.isEmpty { labels[labels.count - 1].initrd = value }
            case "append":
                if labels.isEmpty { common = value } else { labels[labels.count - 1].append = value }
            case "menu" where value.lowercased() == "default":
                if !labels.isEmpty { labels[labels.count - 1].isMenuDefault = true }
            default: continue
            }
        }
        for index in labels.indices where labels[index].append.isEmpty { labels[index].append = common }
    }

    private var chosen: Label? {
        labels.first { $0.isMenuDefault } ?? labels.first { $0.name == choice } ?? labels.first
    }

    /// The label that boots; absent where there is no configuration.
    static func entry(in root: RootFilesystem, hasOwnBootPartition: Bool) -> Observation<BootEntry> {
        for path in configurations {
            let file = root[.contents(path)]
            guard !file.isAbsent else { continue }
            return file.parsed { file throws(FormatError) in try Extlinux(file).chosen }.flatMap { label, evidence in
                guard let label, let file = file.value else {
                    return .unreadable(
                        evidence,
                        Problem(.malformed, at: path, "a label with a kernel expected, none found")
                    )
                }
                guard let kernel = label.kernel, !BootEntry.isNoLinux(kernel.path) else {
                    return .unreadable(
                        [file.evidence(line: label.kernel?.line)],
                        BootEntry.noLinux("\"\(label.name)\"", at: path)
                    )
                }
                // A relative path begins where the configuration lies.
                func places(_ name: String) -> [ImagePath] {
                    name.hasPrefix("/")
                        ? BootEntry.places(of: name, hasOwnBootPartition: hasOwnBootPartition)
                        : [path.parent.appending(name)]
                }
                let words = label.append.split { $0 == " " || $0 == "\t" }.map(String.init)
                // Syslinux takes `initrd=` among the arguments for its own too.
                let initrd =
                    label.initrd.isEmpty
                    ? words.last { $0.hasPrefix("initrd=") }.map { String($0.dropFirst("initrd=".count)) } ?? ""
                    : label.initrd
                let found = BootEntry(
                    loader: .extlinux,
                    title: label.name,
                    kernel: kernel.path,
                    places: places(kernel.path),
                    commandLine: words,
                    initramfs: initrd.split(separator: ",").map { name in
                        BootEntry.LoadedFile(name: String(name), places: places(String(name)))
                    }
                )
                return .present(found, [file.evidence(line: kernel.line, "linux \(kernel.path)")])
            }
        }
        return .absent(searched: configurations)
    }
}
