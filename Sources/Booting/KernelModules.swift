/// Which of the modules that rules ask for the kernel that boots can load: installed, and not switched off.

import ByteParsing
public import ImageReading

/// The modules of the booting kernel, so far as Docker and an instance's devices ask for them.
public struct KernelModules: Fact {
    /// A module of Linux by its file's name, `-` as `_`.
    public enum Module: String, CaseIterable, Codable, CodingKeyRepresentable, Sendable {
        case bridge, veth, overlay, btrfs, aufs
        case bridgeNetfilter = "br_netfilter"
        case matchAddressType = "xt_addrtype"
        case matchConntrack = "xt_conntrack"
        case matchIPVS = "xt_ipvs"
        case mark = "xt_mark"
        case masquerade = "xt_MASQUERADE"
        /// Before Linux 5.2.
        case oldMasquerade = "ipt_MASQUERADE"
        case nat = "nf_nat"
        /// A module of its own before Linux 5.1.
        case natIPv4 = "nf_nat_ipv4"
        case iptablesFilter = "iptable_filter"
        case iptablesNAT = "iptable_nat"
        case iptablesMangle = "iptable_mangle"
        case iptablesRaw = "iptable_raw"
        case ip6tablesFilter = "ip6table_filter"
        case ip6tablesNAT = "ip6table_nat"
        /// `-j DNAT` and `-j SNAT`.
        case natTargets = "xt_nat"
        case redirect = "xt_REDIRECT"
        /// Disks and network of Nitro instances.
        case nvme, ena
        /// Accelerators and the Elastic Fabric Adapter, of drivers that no distribution's kernel may hold.
        case nvidia, neuron, efa
        /// Of the EFI system partition, not of Docker.
        case vfat
    }

    /// Those of modules.dep, which lists every module that was installed when depmod ran, and of modules.builtin, in the
    /// order of the cases.
    public let installed: [Module]
    /// Those of modules.builtin, parts of the kernel itself; nil where there is no such list.
    public let builtIn: [Module]?
    /// Lines of modprobe.d by which loading a module runs a program that does nothing.
    public let switchedOff: [Module: Evidence]
}

extension KernelModules {
    private static let roots = ["/lib/modules", "/usr/lib/modules"]
    private static let settings = ["/etc", "/usr/local/lib", "/usr/lib", "/lib"].map {
        ImagePath("\($0)/modprobe.d/*.conf")
    }

    private static func places(_ version: String, _ name: String) -> [ImagePath] {
        roots.map { ImagePath("\($0)/\(version)/\(name)") }
    }

    /// The lists of all installed kernels, since which one boots is not known yet, and modprobe.d.
    public static let wants: [Want] =
        (places("*", "modules.dep") + places("*", "modules.builtin") + settings).map { .contents($0) }

    /// Reads the lists of the kernel that boots; absent where there is none, or an empty one, which depmod never writes.
    public static func observe(
        in root: RootFilesystem, kernel: Observation<BootingKernel>, configuration: Observation<KernelConfiguration>
    ) -> Observation<KernelModules> {
        guard configuration.problem == nil, let version = configuration.value?.kernel ?? kernel.value?.version,
            !version.contains("*"), !version.contains("/")
        else { return .absent(searched: []) }
        let lists = places(version, "modules.dep")
        var list: Observation<Set<Module>?> = .absent(searched: [])
        for place in lists { list = list.orElse(root[.contents(place)].parsed(modules)) }
        return list.flatMap { installed, evidence in
            guard let installed else { return .absent(searched: lists) }
            return builtIn(in: version, root).flatMap { builtIn, _ in
                switchedOff(in: root).flatMap { switchedOff, _ in
                    let parts = builtIn ?? []
                    return .present(
                        KernelModules(
                            installed: Module.allCases.filter { installed.contains($0) || parts.contains($0) },
                            builtIn: builtIn.map { builtIn in Module.allCases.filter(builtIn.contains) },
                            switchedOff: switchedOff.filter { !parts.contains($0.key) }), evidence)
                }
            }
        }
    }

    /// The modules that are parts of the kernel of a version, as its modules.builtin says; nil where it has none.
    static func builtIn(in version: String, _ root: RootFilesystem) -> Observation<Set<Module>?> {
        var builtIn: Set<Module>?
        for place in places(version, "modules.builtin") {
            switch root[.contents(place)].parsed(modules) {
            case .absent: continue
            case .unreadable(let evidence, let problem): return .unreadable(evidence, problem)
            case .present(let modules, _): builtIn = (builtIn ?? []).union(modules ?? [])
            }
        }
        return .present(builtIn, [])
    }

    private static let byName = Dictionary(uniqueKeysWithValues: Module.allCases.map { ($0.rawValue, $0) })

    /// Whether a module's name has a trait.
    private static let traits: [Bool] = {
        var traits = [Bool](repeating: false, count: 4096)
        for name in Module.allCases.map({ Array($0.rawValue.utf8) }) { traits[trait(of: name.span)] = true }
        return traits
    }()

    /// A number below 4096 that most names have to themselves; `-` counts as `_`.
    private static func trait(of name: Span<UInt8>) -> Int {
        func letter(_ index: Int) -> Int { Int(name[index] == UInt8(ascii: "-") ? UInt8(ascii: "_") : name[index]) }
        guard let last = name.indices.last else { return 0 }
        return (name.count << 7 ^ letter(last / 2) << 4 ^ letter(last) ^ letter(0) << 2) & 4095
    }

    /// The modules of a list: `kernel/net/netfilter/xt_addrtype.ko.xz: ...`, one a line; nil where no line is there.
    private static func modules(_ file: File) throws(FormatError) -> Set<Module>? {
        let bytes = file.bytes
        let lines = try textLineRanges(bytes)
        guard !lines.isEmpty else { return nil }
        var found: Set<Module> = []
        let span = bytes.span
        let traits = traits
        for line in lines {
            var start = line.lowerBound
            var end = line.lowerBound
            while end < line.upperBound, span[end] != UInt8(ascii: ":") {
                if span[end] == UInt8(ascii: "/") { start = end + 1 }
                end += 1
            }
            var dot = start
            while dot < end, span[dot] != UInt8(ascii: ".") { dot += 1 }
            // Of some thousand modules a few matter: a text is made of what may be one of them.
            guard start < dot, traits[trait(of: span.extracting(start..<dot))] else { continue }
            let name = bytes[start..<dot].map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }
            if let module = byName[String(decoding: name, as: UTF8.self)] { found.insert(module) }
        }
        return found
    }

    /// `install NAME COMMAND` with a command that does nothing (modprobe.d(5)); a file of /etc hides its namesakes.
    ///
    /// What is no file, or a link that leads nowhere, modprobe passes over too. `blacklist NAME` counts where a module
    /// is loaded by one of its aliases, as a file system's is (`fs-vfat`; kmod, tools/modprobe.c).
    static func switchedOff(
        in root: RootFilesystem, byAlias: Bool = false
    ) -> Observation<[Module: Evidence]> {
        var files: [String: File] = [:]
        for file in settings.flatMap({ root.files(.contents($0)) }) {
            switch file {
            case .absent: continue
            case .unreadable(_, let problem) where [.notRegularFile, .danglingLink].contains(problem.code): continue
            case .unreadable(let evidence, let problem): return .unreadable(evidence, problem)
            case .present(let file, _): files[file.path.name] = files[file.path.name] ?? file
            }
        }
        var result: [Module: Evidence] = [:]
        for file in files.sorted(by: { $0.key < $1.key }).map(\.value) {
            // A NUL byte ends no line for modprobe either.
            let lines = zip(
                1...,
                String(decoding: file.bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false))
            for (number, line) in lines {
                let first = line.utf8.first { !isBlank($0) }
                guard first == UInt8(ascii: "i") || byAlias && first == UInt8(ascii: "b") else { continue }
                let words = line.split(whereSeparator: \.isWhitespace)
                guard words.count > 1, let module = byName[String(words[1].map { $0 == "-" ? "_" : $0 })],
                    result[module] == nil
                else { continue }
                let isInstalledAsNothing =
                    words[0] == "install" && words.count > 2
                    && ["false", "true", ":"].contains(ImagePath(String(words[2])).name)
                guard isInstalledAsNothing || byAlias && words[0] == "blacklist" else { continue }
                result[module] = file.evidence(line: number, String(line))
            }
        }
        return .present(result, [])
    }
}
