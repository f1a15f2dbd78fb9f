/// The text of a VMDK: of which kind it is and where its bytes stand (VMware's Virtual Disk Format 5.0, "The Descriptor").

import ByteParsing

/// What a descriptor says. The files that it names are never opened.
struct VMDKDescriptor {
    private let kind: String?
    /// Type and file of each extent.
    private let extents: [(type: String, file: String)]
    private let hasParent: Bool

    /// How several files become one.
    static let joining =
        "make one of them by `qemu-img convert -O raw IMAGE disk.raw`, IMAGE being the .vmdk that names the others, "
        + "and give disk.raw"

    /// Whether the text that `head` begins with is one: its first line says so, in whatever case.
    static func begins(_ head: ArraySlice<UInt8>) -> Bool {
        let text = head.drop { isBlank($0) }.prefix(64).lazy.filter { !isBlank($0) }
        return text.prefix(19).elementsEqual("#diskdescriptorfile".utf8) { $0 | ($0 < 0x40 ? 0 : 0x20) == $1 }
    }

    /// Reads it, to its end or to the first NUL byte. Throws where it is none.
    init(_ bytes: ArraySlice<UInt8>) throws(FormatError) {
        guard Self.begins(bytes) else {
            throw FormatError(.malformed, "the descriptor of a VMDK expected, other bytes found", at: bytes.startIndex)
        }
        var kind: String?
        var extents: [(String, String)] = []
        var hasParent = false
        for line in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let words = line.split(maxSplits: 3, whereSeparator: \.isWhitespace)
            if let access = words.first, ["RW", "RDONLY", "NOACCESS"].contains(access), words.count >= 3 {
                let quoted = words.count > 3 ? words[3].split(separator: "\"", omittingEmptySubsequences: false) : []
                extents.append((words[2].uppercased(), quoted.count > 1 ? String(quoted[1]) : ""))
                continue
            }
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let key = parts[0].split(whereSeparator: \.isWhitespace).first else { continue }
            let value = parts[1].filter { $0 != "\"" && !$0.isWhitespace }
            switch key.lowercased() {
            case "createtype": kind = value
            case "parentcid": hasParent = hasParent || value.lowercased() != "ffffffff"
            case "parentfilenamehint": hasParent = true
            default: break
            }
        }
        self.kind = kind
        self.extents = extents
        self.hasParent = hasParent
    }

    /// Throws where the disk is not in the one file in which the descriptor stands, or is alone, saying what it is.
    func checkIsWhole(isEmbedded: Bool) throws(FormatError) {
        let kind = kind ?? "none"
        if hasParent {
            throw FormatError(
                .unsupported,
                "a whole disk expected, a VMDK found that holds what differs from its parent (a delta, createType "
                    + "\(kind)); the parent is not opened: make a whole disk of both by "
                    + "`qemu-img convert -O raw IMAGE disk.raw`")
        }
        if isEmbedded, extents.count == 1, extents[0].type == "SPARSE",
            ["monolithicsparse", "streamoptimized"].contains(kind.lowercased())
        {
            return
        }
        let names = extents.prefix(3).map { "\"\($0.file.prefix(100))\"" } + (extents.count > 3 ? ["..."] : [])
        let place = names.isEmpty ? "" : " in \(names.joined(separator: ", "))"
        // A flat extent is the raw disk itself.
        let isRaw = extents.count == 1 && ["FLAT", "VMFS"].contains(extents[0].type)
        throw FormatError(
            .unsupported,
            "a disk in one file expected, a VMDK found whose bytes stand in other files (createType \(kind))\(place), "
                + "which are not opened; " + (isRaw ? "that one is a raw disk: give it itself" : Self.joining))
    }
}
