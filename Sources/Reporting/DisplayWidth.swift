/// How many columns of a terminal a text takes.

/// The columns that `text` takes on a terminal: two for wide East Asian characters and emoji, none for marks that
/// join the character before them (Unicode Standard Annex 11).
func displayWidth(_ text: some StringProtocol) -> Int {
    text.utf8.allSatisfy { $0 < 0x80 }
        ? text.utf8.count : text.unicodeScalars.reduce(0) { $0 + displayWidth($1) }
}

/// The columns of one scalar.
func displayWidth(_ scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x300 { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return 0
    default: break
    }
    return wideBlocks.contains { $0 ~= scalar.value } || scalar.properties.isEmojiPresentation ? 2 : 1
}

/// Blocks whose characters are wide or full width in EastAsianWidth.txt of Unicode 14; wide emoji outside of them are
/// those with the property Emoji_Presentation.
private let wideBlocks: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x3247, 0x3250...0x4DBF, 0x4E00...0xA4C6, 0xA960...0xA97C,
    0xAC00...0xD7A3, 0xF900...0xFAD9, 0xFE10...0xFE19, 0xFE30...0xFE6B, 0xFF01...0xFF60, 0xFFE0...0xFFE6,
    0x16FE0...0x1B2FB, 0x1F200...0x1F265, 0x20000...0x3FFFD,
]
