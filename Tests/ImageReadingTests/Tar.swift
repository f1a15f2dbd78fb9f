/// Tar archives written byte by byte, so that a test says exactly what stands in them (POSIX.1 ustar and pax).

/// One member of an archive as a test writes it down.
struct TarMember {
    var name: [UInt8]
    var type: Character = "0"
    var target: [UInt8] = []
    var content: [UInt8] = []
    var mode = 0o644

    static func directory(_ name: String, mode: Int = 0o755) -> TarMember {
        TarMember(name: Array((name + "/").utf8), type: "5", mode: mode)
    }
    static func file(_ name: String, _ text: String, mode: Int = 0o644) -> TarMember {
        TarMember(name: Array(name.utf8), content: Array(text.utf8), mode: mode)
    }
    static func bytes(_ name: [UInt8], _ content: [UInt8]) -> TarMember {
        TarMember(name: name, content: content)
    }
    static func link(_ name: String, _ target: String) -> TarMember {
        TarMember(name: Array(name.utf8), type: "2", target: Array(target.utf8), mode: 0o777)
    }
    static func hardLink(_ name: String, _ target: String) -> TarMember {
        TarMember(name: Array(name.utf8), type: "1", target: Array(target.utf8))
    }
    static func fifo(_ name: String) -> TarMember {
        TarMember(name: Array(name.utf8), type: "6")
    }
    static func nullDevice(_ name: String) -> TarMember {
        TarMember(name: Array(name.utf8), type: "3", mode: 0o666)
    }
}

/// The archive of `members`, with the two zero blocks at its end unless told otherwise.
func tar(_ members: [TarMember], zeroBlocks: Int = 2) -> [UInt8] {
    members.flatMap(tarBlocks) + [UInt8](repeating: 0, count: 512 * zeroBlocks)
}

/// Header, extended header where one is needed, and body of one member.
func tarBlocks(_ member: TarMember) -> [UInt8] {
    var extended: [UInt8] = []
    if member.name.count > 100 { extended += paxRecord("path", member.name) }
    if member.target.count > 100 { extended += paxRecord("linkpath", member.target) }
    var blocks: [UInt8] = []
    if !extended.isEmpty {
        blocks += tarHeader(name: Array("pax".utf8), type: "x", size: extended.count) + padded(extended)
    }
    return blocks
        + tarHeader(
            name: member.name,
            type: member.type,
            size: member.content.count,
            target: member.target,
            mode: member.mode
        )
        + padded(member.content)
}

func tarHeader(
    name: [UInt8],
    type: Character,
    size: Int,
    target: [UInt8] = [],
    mode: Int = 0o644
) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ bytes: some Sequence<UInt8>, _ offset: Int) {
        for (index, byte) in bytes.enumerated() { header[offset + index] = byte }
    }
    func octal(_ number: Int, _ digits: Int) -> [UInt8] {
        let text = String(number, radix: 8)
        return Array((String(repeating: "0", count: digits - text.count) + text).utf8)
    }
    put(name.prefix(100), 0)
    put(octal(mode, 7), 100)
    put(octal(0, 7), 108)
    put(octal(0, 7), 116)
    put(octal(size, 11), 124)
    put(octal(0, 11), 136)
    put(Array("        ".utf8), 148)
    put([type.asciiValue ?? 0], 156)
    put(target.prefix(100), 157)
    put(Array("ustar\u{0}00".utf8), 257)
    put(octal(header.reduce(0) { $0 + Int($1) }, 6) + [0, 0x20], 148)
    return header
}

/// `LENGTH KEY=VALUE\n`, the length counting itself (pax(1)).
func paxRecord(_ key: String, _ value: [UInt8]) -> [UInt8] {
    let rest = Array(" \(key)=".utf8) + value + [0x0A]
    var length = rest.count + 1
    while String(length).utf8.count + rest.count != length { length = String(length).utf8.count + rest.count }
    return Array(String(length).utf8) + rest
}

private func padded(_ bytes: [UInt8]) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
}
