/// How an argument of a command is written for a shell.

/// `argument` as sh, bash and zsh read it back, whatever characters it has but NUL: as it is where nothing in it means
/// anything to them, else in single quotes.
func shellQuoted(_ argument: String) -> String {
    // `A=b` before a program's name is an assignment; an option is none.
    let mayHoldEquals = argument.utf8.first == UInt8(ascii: "-")
    let isPlain = argument.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "="): mayHoldEquals
        default: "-_.,:/@%+".utf8.contains(byte)
        }
    }
    if isPlain, !argument.isEmpty { return argument }
    // Bytes, since a quotation mark with a combining accent is one character to Swift and two to a shell.
    var quoted: [UInt8] = [UInt8(ascii: "'")]
    for byte in argument.utf8 {
        if byte == UInt8(ascii: "'") { quoted += Array(#"'\'"#.utf8) }
        quoted.append(byte)
    }
    return String(decoding: quoted, as: UTF8.self) + "'"
}
