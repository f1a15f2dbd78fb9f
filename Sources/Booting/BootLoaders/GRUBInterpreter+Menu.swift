/// The commands of GRUB 2 that make its menu: menuentry, submenu and blscfg.

import ByteParsing
import ImageReading

extension GRUBInterpreter {
    mutating func add(_ arguments: [String], _ body: [GRUBScript.Command], isSubmenu: Bool) {
        var title: String?
        var id: String?
        var index = 0
        while index < arguments.count {
            let argument = arguments[index]
            index += 1
            switch argument {
            case "--class", "--users", "--hotkey", "--source": index += 1
            case "--id":
                id = index < arguments.count ? arguments[index] : nil
                index += 1
            case _ where argument.hasPrefix("--id="): id = String(argument.dropFirst("--id=".count))
            case _ where argument.hasPrefix("--"): continue
            default: title = title ?? argument
            }
        }
        guard let title else { return }
        menu.append(
            GRUBMenuEntry(
                title: title,
                id: id ?? title,
                body: body,
                isSubmenu: isSubmenu,
                source: source,
                evidence: nil
            )
        )
    }

    /// blscfg: entry files as menu entries, newest first. `which`: only the default one, all but that, or one by name.
    mutating func addSpecifications(_ which: String?) {
        for entry in specifications() {
            guard let linux = entry.linux else { continue }
            let isDefault = [entry.name, entry.title].contains(variables["default"])
            switch which {
            case nil: break
            case "default": guard isDefault else { continue }
            case "non-default": guard !isDefault else { continue }
            default: guard entry.name == which else { continue }
            }
            let options = entry.options ?? variables["default_kernelopts"] ?? ""
            // GRUB itself makes a script of an entry and runs it, so that variables in the options are expanded.
            let body: [GRUBScript.Command]
            do throws(FormatError) {
                let initrd =
                    entry.initrds.isEmpty
                    ? "" : "\ninitrd " + entry.initrds.map { "($root)\($0)" }.joined(separator: " ")
                body = try GRUBScript(Array("linux ($root)\(linux) \(options)\(initrd)".utf8)).commands
            } catch {
                problems.append(Problem(error, at: entry.file.realPath))
                continue
            }
            menu.append(
                GRUBMenuEntry(
                    title: entry.title ?? linux,
                    id: entry.name,
                    body: body,
                    isSubmenu: false,
                    source: entry.file,
                    evidence: entry.evidence
                )
            )
        }
    }

    /// The entry files of the first directory that is there: of the boot file system's own, then of /boot within it.
    private mutating func specifications() -> [BootLoaderSpecification] {
        let own: ImagePath = variables["blsdir"].map { ImagePath($0) } ?? "/loader/entries"
        let directories = candidates("\(own)") + candidates("/boot/loader/entries")
        for directory in directories {
            let pattern = directory.appending("*.conf")
            let files = root.files(.contents(pattern))
            guard !files.isEmpty else { continue }
            var entries: [BootLoaderSpecification] = []
            for file in files {
                let entry = file.parsed { file throws(FormatError) in try BootLoaderSpecification(file, for: .grub2) }
                guard spend(1 + (file.value?.size ?? 0) / Self.bytesPerStep) else { return [] }
                if let entry = entry.value {
                    entries.append(entry)
                } else if let problem = entry.problem {
                    problems.append(problem)
                }
            }
            if !entries.isEmpty { return entries.sorted(by: BootLoaderSpecification.grubOrder) }
        }
        return []
    }
}
