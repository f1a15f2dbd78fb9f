/// GRUB 2: which entry of its menu boots.

import ByteParsing
import ImageReading

/// Reads GRUB 2's configuration and chooses from its menu as GRUB does.
enum GRUB2 {
    private static let configurations: [ImagePath] = ["/boot/grub2/grub.cfg", "/boot/grub/grub.cfg"]
    /// Where the whole configuration lies on the EFI system partition, as on Amazon Linux 2 and RHEL 8.
    private static let efiConfigurations: ImagePath = "/boot/efi/EFI/*/grub.cfg"

    /// The configuration, the files beside it that it reads, and entry files. What it asks about beside it is known by
    /// name, so that a theme or a list of graphics cards costs no second pass.
    static let wants: [Want] = [
        .contents("/boot/grub2/*.cfg"), .contents("/boot/grub/*.cfg"), .contents(efiConfigurations),
        .contents("/boot/grub2/grubenv"), .contents("/boot/grub/grubenv"), .names("/boot/grub2/*"),
        .names("/boot/grub/*"), GRUBInterpreter.environmentCopies,
        .contents("/boot/loader/entries/*.conf"), .contents("/loader/entries/*.conf"),
    ]

    /// How deep submenus may nest.
    private static let submenuLimit = 16

    /// The entry that boots; absent where there is no grub.cfg.
    static func entry(
        in root: RootFilesystem,
        hasOwnBootPartition: Bool
    ) -> Observation<BootEntry> {
        for path in configurations {
            let file = root[.contents(path)]
            guard !file.isAbsent else { continue }
            return entry(file, in: root, hasOwnBootPartition)
        }
        // A stub on the EFI partition that leads to a grub.cfg that was not exported is no answer while another is.
        var unreadable: Observation<BootEntry>?
        for file in root.files(.contents(efiConfigurations)) {
            let found = entry(file, in: root, hasOwnBootPartition)
            guard found.value == nil else { return found }
            unreadable = unreadable ?? found
        }
        return unreadable ?? .absent(searched: configurations + [efiConfigurations])
    }

    private static func entry(
        _ configuration: Observation<File>,
        in root: RootFilesystem,
        _ hasOwnBootPartition: Bool
    ) -> Observation<BootEntry> {
        let script = configuration.parsed { file throws(FormatError) in try GRUBScript(file.bytes) }
        guard let file = configuration.value, let commands = script.value?.commands else {
            return script.flatMap { _, _ in .absent(searched: []) }
        }
        var grub = GRUBInterpreter(root, source: file, hasOwnBootPartition: hasOwnBootPartition)
        grub.run(commands)
        let chosenBy = grub.variables["default"] ?? ""
        var title: [String] = []
        var isSubmenu = false
        for _ in 0..<submenuLimit {
            let choice = GRUBDefault(grub.variables["default"] ?? "")
            guard !grub.menu.isEmpty else { break }
            let entry = grub.menu[choice.index(in: grub.menu)]
            title.append(entry.title)
            isSubmenu = entry.isSubmenu
            grub.setDefault(choice.rest)
            grub.enter(entry)
            if grub.linux != nil { break }
        }
        if let problem = grub.problems.first { return .unreadable([file.evidence()], problem) }
        let name = title.joined(separator: " > ")
        guard let linux = grub.linux, let kernel = linux.words.first, !BootEntry.isNoLinux(kernel) else {
            let problem =
                title.isEmpty || isSubmenu
                ? Problem(.malformed, at: file.realPath, "a menu entry expected, none found")
                : BootEntry.noLinux("\"\(name)\"", at: file.realPath)
            return .unreadable([grub.linux?.evidence ?? file.evidence()], problem)
        }
        // next_entry counts once, and before saved_entry.
        let saved = ["next_entry", "saved_entry"].compactMap { grub.environment[$0] }.first { !$0.value.isEmpty }
        let choice = saved.flatMap { $0.value == chosenBy ? [$0.evidence] : nil } ?? []
        let places = BootEntry.places(of: kernel, hasOwnBootPartition: hasOwnBootPartition)
        let entry = BootEntry(
            loader: .grub2,
            title: name,
            kernel: kernel,
            places: places,
            commandLine: Array(linux.words.dropFirst()),
            initramfs: BootEntry.initramfs(grub.initramfs, hasOwnBootPartition: hasOwnBootPartition)
        )
        return .present(entry, [linux.evidence] + choice)
    }
}
