/// What GRUB 2 does with its configuration on a boot that nobody disturbs.

import ByteParsing
import ImageReading

/// Runs a grub.cfg as far as its menu depends on it: variables, conditions, functions, files that it reads.
///
/// Commands that a machine has to answer (search, loadfont, cpuid) are taken to succeed, keystatus finds no key, and
/// the features of GRUB 2.02 and later are there. Files are those of the image.
struct GRUBInterpreter {
    var menu: [GRUBMenuEntry] = []
    var variables: [String: String] = [:]
    /// What grubenv says, by variable, once it was loaded.
    var environment: [String: GRUBEnvironment.Variable] = [:]
    /// The `linux` command that was run last: its words without the command itself, and where it stands.
    var linux: (words: [String], evidence: Evidence)?
    /// The files of the `initrd` command that was run last.
    private(set) var initramfs: [String] = []
    /// Why something that the choice may hang on could not be read.
    var problems: [Problem] = []

    let root: RootFilesystem
    let hasOwnBootPartition: Bool
    /// The copies of grubenv on the EFI system partition.
    let environmentCopies: [ImagePath]
    /// The variables that a submenu sees too.
    private var exported: Set<String> = ["root", "prefix", "config_directory", "config_file", "grub_platform"]
    private var functions: [String: [GRUBScript.Command]] = [:]
    private var parameters: [String] = []
    var source: File
    private var steps = 0
    var depth = 0
    /// Set where the rest of a function, or of the whole script, is not run.
    var isReturning = false
    var isOver = false

    /// How many commands are run at most; a boot runs some hundred. Reading a file, and what variables hold, counts for
    /// several, so that a script cannot ask for more work than this.
    private static let stepLimit = 20_000
    static let bytesPerStep = 256
    /// How deep functions, files and menus may nest.
    static let depthLimit = 32
    static let environmentCopies = Want.contents("/boot/efi/EFI/*/grubenv")

    /// How long, in bytes, the value of a variable may grow.
    private static let valueLimit = 1 << 16

    /// What grub.cfg at `source` starts with: GRUB's prefix is the directory that it lies in.
    init(_ root: RootFilesystem, source: File, hasOwnBootPartition: Bool) {
        self.root = root
        self.source = source
        self.hasOwnBootPartition = hasOwnBootPartition
        environmentCopies = root.files(Self.environmentCopies).compactMap { $0.evidence.first?.path }
        variables["prefix"] = "(prefix)\(source.path.parent)"
        variables["config_directory"] = variables["prefix"]
        variables["config_file"] = "(prefix)\(source.path)"
        variables["root"] = "root"
        variables["grub_platform"] = Self.platform(root, source.path)
    }

    /// `efi` where GRUB is installed for EFI alone.
    private static func platform(_ root: RootFilesystem, _ configuration: ImagePath) -> String {
        if configuration.isWithin("/boot/efi") { return "efi" }
        func has(_ name: String) -> Bool { root.resolve(configuration.parent.appending(name)).value != nil }
        return !has("i386-pc") && (has("x86_64-efi") || has("arm64-efi")) ? "efi" : "pc"
    }

    /// Runs a script; nothing is thrown, since GRUB goes on after a command that fails.
    mutating func run(_ commands: [GRUBScript.Command]) {
        _ = execute(commands)
        isOver = false
        isReturning = false
    }

    /// Enters a menu entry: what it loads is remembered, and a menu that it makes takes the place of this one.
    mutating func enter(_ entry: GRUBMenuEntry) {
        source = entry.source
        if entry.isSubmenu {
            exported.insert("default")
            variables = variables.filter { exported.contains($0.key) }
            exported.remove("default")
        }
        menu = []
        linux = nil
        initramfs = []
        run(entry.body)
        if let place = entry.evidence, let found = linux { linux = (found.words, place) }
    }

    /// Takes the part of the default that was meant for a menu off it.
    mutating func setDefault(_ value: String) { variables["default"] = value }
}

extension GRUBInterpreter {
    /// Gives the status of the last command, true for success.
    mutating func execute(_ commands: [GRUBScript.Command]) -> Bool {
        var status = true
        guard depth < Self.depthLimit + GRUBScript.depthLimit else { return false }
        depth += 1
        defer { depth -= 1 }
        for command in commands {
            guard !isOver, !isReturning, spend(1) else { return status }
            switch command {
            case .simple(let words, let block, let line):
                status = simple(words.flatMap { expand($0) }, block, line)
            case .conditional(let branches, let otherwise):
                status = true
                if let branch = branches.first(where: { execute($0.condition) }) {
                    status = execute(branch.body)
                } else {
                    status = execute(otherwise)
                }
            case .forEach(let variable, let words, let body):
                for value in words.flatMap({ expand($0) }) {
                    guard !isOver, !isReturning, spend(1) else { return status }
                    set(variable, value)
                    status = execute(body)
                }
            case .loop(let condition, let isUntil, let body):
                while !isOver, !isReturning, spend(1), execute(condition) != isUntil { status = execute(body) }
            case .function(let name, let body):
                functions[name] = body
            }
            variables["?"] = status ? "0" : "1"
        }
        return status
    }

    /// Counts work; false once there was too much of it, which is a problem of its own.
    mutating func spend(_ count: Int) -> Bool {
        guard steps < Self.stepLimit else { return false }
        steps += count
        if steps >= Self.stepLimit {
            problems.append(
                Problem(
                    .malformed,
                    at: source.realPath,
                    "a script of at most \(Self.stepLimit) commands expected, a longer or endless one found"
                )
            )
        }
        return steps < Self.stepLimit
    }

    private mutating func simple(_ words: [String], _ block: [GRUBScript.Command]?, _ line: Int) -> Bool {
        guard let name = words.first else { return true }
        let arguments = Array(words.dropFirst())
        switch name {
        case "set": return arguments.first.map { assign($0) } ?? true
        case "unset":
            for name in arguments { variables[name] = nil }
            exported.subtract(arguments)
        case "export":
            for name in arguments { variables[name] = variables[name] ?? "" }
            exported.formUnion(arguments)
        case "[":
            return GRUBTest(Array(arguments.last == "]" ? arguments.dropLast() : arguments[...])).holds { exists($0) }
        case "test": return GRUBTest(arguments).holds { exists($0) }
        case "false", "keystatus": return false
        case "load_env": loadEnvironment(arguments)
        case "source", ".", "configfile", "normal": return read(name, arguments.first)
        case "menuentry", "submenu": add(arguments, block ?? [], isSubmenu: name == "submenu")
        case "blscfg", "bls_import": addSpecifications(arguments.first)
        case "linux", "linux16", "linuxefi":
            linux = (arguments, source.evidence(line: line, arguments.first.map { "\(name) \($0)" } ?? name))
        case "initrd", "initrd16", "initrdefi":
            // `newc:NAME:FILE` puts a file into the initramfs under a name.
            initramfs = arguments.map { $0.hasPrefix("newc:") ? String($0.split(separator: ":").last ?? "") : $0 }
                .filter { !$0.isEmpty && !$0.hasPrefix("-") }
        case "return": isReturning = true
        case "exit": isOver = true
        case "increment", "decrement":
            guard let name = arguments.first, let value = variables[name].flatMap({ Int($0) }) else { return false }
            set(name, String(name == "increment" ? value &+ 1 : value &- 1))
        default:
            // A function counts only where there is no command of its name, an assignment where there is neither.
            if let body = functions[name] { return call(body, arguments) }
            if name.contains("=") { return assign(name) }
        }
        return true
    }

    private mutating func assign(_ text: String) -> Bool {
        guard let equals = text.firstIndex(of: "=") else { return true }
        set(String(text[..<equals]), String(text[text.index(after: equals)...]))
        return true
    }

    mutating func set(_ name: String, _ value: String) {
        variables[name] = value.utf8.count <= Self.valueLimit ? value : nil
    }

    private mutating func call(_ body: [GRUBScript.Command], _ arguments: [String]) -> Bool {
        guard depth < Self.depthLimit else { return false }
        let outer = parameters
        parameters = arguments
        let status = execute(body)
        parameters = outer
        isReturning = false
        return status
    }

    /// The words that a word becomes: one, or none or several where a variable without quotes stands in it.
    private mutating func expand(_ word: GRUBScript.Word) -> [String] {
        var words: [String] = []
        var current: String? = word.isQuoted ? "" : nil
        for part in word.parts {
            switch part {
            case .text(let text): current = (current ?? "") + text
            case .variable(let name, isQuoted: true):
                let value = value(of: name)
                guard spend(value.utf8.count / Self.bytesPerStep) else { return [] }
                current = (current ?? "") + value
            case .variable(let name, isQuoted: false):
                let value = value(of: name)
                guard spend(value.utf8.count / Self.bytesPerStep) else { return [] }
                // Blanks at its ends separate nothing from what stands beside it.
                for (index, piece) in value.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\n" })
                    .enumerated()
                {
                    if index > 0, let whole = current {
                        words.append(whole)
                        current = nil
                    }
                    current = (current ?? "") + piece
                }
            }
        }
        if let current { words.append(current) }
        return words
    }

    private func value(of name: String) -> String {
        if name.hasPrefix("feature_") { return "y" }
        switch name {
        case "#": return String(parameters.count)
        case "@", "*": return parameters.joined(separator: " ")
        default:
            if let number = Int(name), number > 0 { return number <= parameters.count ? parameters[number - 1] : "" }
            return variables[name] ?? ""
        }
    }
}
